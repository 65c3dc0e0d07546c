//! Compiles the screen: fonts and translations go into the binary, element names stay in it
//! because accessible labels and names are how the tests find their way.

use slint_build::{CompilerConfiguration, EmbedResourcesKind, compile_with_config};

fn main() {
    let config = CompilerConfiguration::new()
        .with_style("fluent-light".into())
        .embed_resources(EmbedResourcesKind::EmbedFiles)
        .with_bundled_translations("../assets/translations")
        .with_debug_info(true);
    if let Err(error) = compile_with_config("app.slint", config) {
        println!("cargo::error={error}");
    }
}
