//! The sandbox seen from outside, as a program sees it that knows only its addresses.

#[cfg(test)]
mod client;
#[cfg(test)]
mod control;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod google;
#[cfg(test)]
mod libraries;
#[cfg(test)]
mod manners;
#[cfg(test)]
mod microsoft;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod seed;
#[cfg(test)]
mod syncing;
#[cfg(test)]
mod writing;
