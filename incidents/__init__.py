"""What is asked? Reports, the incidents they yield, their media, and the one door in."""
