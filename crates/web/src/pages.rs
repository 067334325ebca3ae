//! The pages, one file each, with their markup.

pub(crate) mod audit;
pub(crate) mod calendar_settings;
pub(crate) mod connection_add;
pub(crate) mod connection_calendars;
pub(crate) mod connection_checks;
pub(crate) mod connection_fix;
pub(crate) mod connection_manage;
pub(crate) mod connection_repair;
pub(crate) mod connection_sign_in;
pub(crate) mod connections_list;
pub(crate) mod developers;
pub(crate) mod invitation;
pub(crate) mod messages;
pub(crate) mod oauth;
pub(crate) mod people;
pub(crate) mod pieces;
pub(crate) mod profile;
pub(crate) mod set_up;
pub(crate) mod sign_in;
pub(crate) mod sign_in_link;
pub(crate) mod staff;
pub(crate) mod standing;
pub(crate) mod week;
pub(crate) mod week_happenings;
pub(crate) mod week_positions;
