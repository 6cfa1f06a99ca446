//! Programs from bytes: valid files, files with one thing wrong, and files with anything wrong.

mod build;
mod damage;
mod gnu;
mod place;
