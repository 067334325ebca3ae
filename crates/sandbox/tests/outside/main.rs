//! The sandbox seen from outside, as a program sees it that knows only its addresses.

#![cfg(test)]

mod api;
mod client;
mod control;
mod discovery;
mod faults;
mod feeds;
mod google;
mod levers;
mod libraries;
mod manners;
mod microsoft;
mod reading;
mod seed;
mod syncing;
mod writing;
mod zoom;
