//! The store on both engines: every test runs on SQLite in memory, on SQLite in a file, and on
//! PostgreSQL where `DAYMARK_TEST_POSTGRES_URL` names one.

#[cfg(test)]
mod house;

#[cfg(test)]
mod busy;

#[cfg(test)]
mod complete;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod db;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod events;
mod factors;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod push;
#[cfg(test)]
mod records;
#[cfg(test)]
mod replacing;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod seal;

#[cfg(test)]
mod told;
#[cfg(test)]
mod turning;
#[cfg(test)]
mod webhooks;
