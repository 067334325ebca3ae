//! The pages in a real Chromium, as people use them: `daymark demo` on one side, a browser on the
//! other, the sandbox's control in between.
#![cfg(test)]

mod choices;
mod connect;
mod demo;
mod passkey;
mod plain;
mod visitor;
