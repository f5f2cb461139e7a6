"""What do we see? The live map, heatmaps, the stream behind them, and the state of the house."""
