/* Cells of the heatmap by their numbers, as maps/cells.py says it: where they lie, and which one a point
   lies in. Up to level 16 a number has 32 bits. */
"use strict";
window.Cells = (() => {
  // Every second bit of a number of at most 32 bits, from the lowest; and back.
  function gather(value) {
    let v = value & 0x55555555;
    v = (v | (v >>> 1)) & 0x33333333;
    v = (v | (v >>> 2)) & 0x0f0f0f0f;
    v = (v | (v >>> 4)) & 0x00ff00ff;
    return (v | (v >>> 8)) & 0x0000ffff;
  }
  function spread(value) {
    let v = value & 0x0000ffff;
    v = (v | (v << 8)) & 0x00ff00ff;
    v = (v | (v << 4)) & 0x0f0f0f0f;
    v = (v | (v << 2)) & 0x33333333;
    return (v | (v << 1)) & 0x55555555;
  }
  function corner(column, row, level) {
    const n = 2 ** level, y = Math.PI * (1 - (2 * row) / n);
    return [(Math.atan(Math.sinh(y)) * 180) / Math.PI, (column / n) * 360 - 180];
  }
  const middle = (cell, level) => corner(gather(cell) + 0.5, gather(cell >>> 1) + 0.5, level);
  function square(cell, level) {
    const x = gather(cell), y = gather(cell >>> 1);
    return [corner(x, y, level), corner(x + 1, y + 1, level)];
  }
  function at({ lat, lng }, level) {
    const n = 2 ** level, sine = Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI;
    const x = Math.floor(((lng + 180) / 360) * n), y = Math.floor(((1 - sine) * n) / 2);
    return (spread(x) | (spread(y) << 1)) >>> 0;
  }
  return { middle, square, at };
})();
