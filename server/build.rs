//! Tells where the built browser half lies, for embedding; without it the binary has pages but no scripts.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=PHAROS_SITE_DIR");
    let given = std::env::var("PHAROS_SITE_DIR").ok();
    let site = given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site").to_owned());
    println!("cargo:rustc-env=PHAROS_SITE_DIR={site}");
    if Path::new(&site).join("manifest.json").exists() {
        println!("cargo:rerun-if-changed={site}/manifest.json");
    }
}
