//! The program from outside: started, asked, killed and started again, as operators do.
#![cfg(test)]

mod commands;
mod house;
mod open_id;
mod set_up;
mod silence;
mod survival;
mod turning;
