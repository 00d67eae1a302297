//! Tells where the built browser half lies, for embedding (without it the binary has pages but no scripts), and has the linker make the
//! binary small: functions that are the same are folded, and relocations packed where the system can read that.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PHAROS_SITE_DIR");
    let given = std::env::var("PHAROS_SITE_DIR").ok();
    let site = given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site").to_owned());
    println!("cargo:rustc-env=PHAROS_SITE_DIR={site}");
    if Path::new(&site).join("manifest.json").exists() {
        println!("cargo:rerun-if-changed={site}/manifest.json");
    }
    if folds_functions() {
        // Of functions that are the same to the byte one is kept.
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
    if reads_packed_relocations() {
        // 1.6 MB of tables become 0.1 MB.
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the compiler's own linker links this, which can: elsewhere it is the system's.
fn folds_functions() -> bool {
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release")
}

/// Whether this system's C library is one that reads packed relocations: glibc does from 2.36 on. What is built on an older
/// system, or for another, does without.
fn reads_packed_relocations() -> bool {
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let is_native = of("TARGET") == of("HOST");
    if of("CARGO_CFG_TARGET_ENV") != "gnu" || of("CARGO_CFG_TARGET_OS") != "linux" || !is_native {
        return false;
    }
    let Ok(output) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout);
    let mut parts =
        version.trim().trim_start_matches("glibc ").split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (2_u32, 36_u32)
}
