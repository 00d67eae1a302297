//! The parts of pages. Each is drawn from data of its own, on the server and in the browser alike.

pub mod banner;
pub mod bars;
pub mod component_row;
pub mod icon;
pub mod incident;
pub mod past_days;
pub mod time;
