//! Builds the systems anew when a file is added to `specs/`, which they embed.

fn main() {
    println!("cargo:rerun-if-changed=specs");
}
