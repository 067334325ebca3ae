//! The roof: reads the settings, wires the rooms together, starts and stops them.

fn main() {}
