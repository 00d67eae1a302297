//! Several nodes on one database. Each serves pages and streams, and takes what operators and jobs have to say; one of them leads:
//! it decides, writes, and hands out what is to be looked at. They meet in the database only: by the lease, the roster and the post.

mod clocks;
mod errands;
mod keeper;
mod member;
mod message;
mod post;
mod roster;
mod view;

pub use keeper::Keeper;
pub use member::{Doors, Member, Parts};
pub use message::Errand;
pub use post::Post;
pub use roster::{Roster, is_blind, is_live};
pub use view::{NodeView, length};

#[cfg(test)]
pub use post::{Inbox, Postman};
