//! The door: accepts connections, bounds what each may do, says who asks, and ends them in order.
//!
//! Of what the server does this is what every request passes, so it is a crate of its own: it is compiled for speed, the rest for size.

mod address_counts;
mod connection;
pub mod limits;
mod proxies;
mod stall;

pub use address_counts::{AddressCounts, Place, key};
pub use connection::{Door, Peer, serve};
pub use proxies::Proxies;
