//! What models are answered: golden files of every answer, and what is refused.

mod answers;
mod fixture;
mod refusals;
