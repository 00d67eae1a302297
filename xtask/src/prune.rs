//! Takes out of the browser half what nothing on the page calls, and the long names that nobody reads.
//!
//! A dependency of Leptos exports classes for streams of bytes, and an export keeps everything alive that it reaches. The
//! page has no such streams. The classes are taken from the exports once the bindings are written, then everything that
//! nothing reaches any more, then the JavaScript of both.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use walrus::{ExportItem, Module};

/// The classes, as they are called in JavaScript. Their exports bear the same names in lower case.
const CLASSES: [&str; 3] = ["IntoUnderlyingByteSource", "IntoUnderlyingSink", "IntoUnderlyingSource"];
/// In the names of what calls closures, before a hash.
const CALLS: &str = "_____invoke__h";
/// How the generated JavaScript indents the functions that the WASM imports.
const IMPORT_INDENT: &str = "        ";

/// The module without what nothing calls, and its JavaScript without what the module does not ask for.
///
/// # Errors
/// When the module does not parse, or the JavaScript is not laid out as we know it.
pub fn prune(wasm: &[u8], js: &str) -> Result<(Vec<u8>, String)> {
    let mut module = Module::from_buffer(wasm).context("the bound WASM does not parse")?;
    let unused: Vec<_> = module
        .exports
        .iter()
        .filter(|export| matches!(export.item, ExportItem::Function(_)) && is_of_class(&export.name))
        .map(walrus::Export::id)
        .collect();
    for export in unused {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);
    let imported: BTreeSet<String> = module.imports.iter().map(|import| import.name.clone()).collect();
    let js = without_imports(&without_classes(js), &imported);
    let js = with_short_names(&mut module, with_one_beginning(&js)?)?;
    let js = with_short_calls(&mut module, js)?;
    Ok((module.emit_wasm(), js))
}

/// Gives what the module imports short names, in it and in the JavaScript: the bindings call them by what they do and a
/// hash of it, which no compression makes smaller.
fn with_short_names(module: &mut Module, mut js: String) -> Result<String> {
    for (number, import) in module.imports.iter_mut().enumerate() {
        let key = format!("\n{IMPORT_INDENT}{}: function(", import.name);
        ensure!(
            js.matches(&key).count() == 1,
            "the JavaScript must have {} once, which the WASM imports",
            import.name
        );
        let name = format!("i{number}");
        js = js.replace(&key, &format!("\n{IMPORT_INDENT}{name}: function("));
        import.name = name;
    }
    Ok(js)
}

/// Gives what the module exports to call closures short names, in it and in the JavaScript, where a function of the same name calls it.
fn with_short_calls(module: &mut Module, mut js: String) -> Result<String> {
    let calls = module.exports.iter_mut().filter(|export| export.name.contains(CALLS));
    for (number, export) in calls.enumerate() {
        let name = format!("call{number}");
        ensure!(!js.contains(&name), "the JavaScript has {name} already");
        ensure!(js.contains(&format!("wasm.{}(", export.name)), "nothing calls {}", export.name);
        js = js.replace(&export.name, &name);
        export.name = name;
    }
    Ok(js)
}

/// How the page begins: with the answer that holds the module, as `boot.js` gives it.
const BEGIN: &str = "
async function __wbg_init_once({ module_or_path }) {
    const { instance, module } = await __wbg_load(await module_or_path, __wbg_get_imports());
    return __wbg_finalize_init(instance, module);
}
";

/// How the module is loaded: while it comes in, where the browser can and the server names its type.
const LOAD: &str = "
async function __wbg_load(response, imports) {
    if (!response.ok) throw new Error(`${response.status} ${response.url}`);
    const streams = WebAssembly.instantiateStreaming && response.headers.get('Content-Type') === 'application/wasm';
    if (streams) return WebAssembly.instantiateStreaming(response, imports);
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
";

/// What stands in messages about values that nobody expected: the bindings describe them at length.
const DESCRIBE: &str = "
function debugString(val) {
    return String(val);
}
";

/// Leaves out the ways to begin that no page takes, and descriptions that nobody reads.
///
/// # Errors
/// When they are not there as we know them.
fn with_one_beginning(js: &str) -> Result<String> {
    let (before, _, after) = around_function(js, "function initSync(")?;
    let js = [before, "\n", after].concat();
    let (before, begin, after) = around_function(&js, "async function __wbg_init_once(")?;
    for known in ["__wbg_load(await module_or_path, imports)", "__wbg_finalize_init(instance, module)"] {
        ensure!(begin.contains(known), "the JavaScript does not begin with {known}");
    }
    let js = [before, BEGIN, after].concat();
    let (before, load, after) = around_function(&js, "async function __wbg_load(")?;
    ensure!(
        load.contains("WebAssembly.instantiateStreaming(module, imports)"),
        "the JavaScript loads in another way"
    );
    let js = [before, LOAD, after].concat();
    let (before, _, after) = around_function(&js, "function debugString(")?;
    let js = [before, DESCRIBE, after].concat();
    // Whoever reads the module's references has had that for years.
    let (before, _, after) = around_function(&js, "if (!('encodeInto' in cachedTextEncoder)) {")?;
    let js = [before, "\n", after].concat();
    ensure!(js.matches("export { initSync, ").count() == 1, "the JavaScript does not export initSync");
    Ok(js.replace("export { initSync, ", "export { "))
}

/// What stands before a function that begins with `start`, the function, and what stands after it.
fn around_function<'a>(js: &'a str, start: &str) -> Result<(&'a str, &'a str, &'a str)> {
    let missing = || format!("the JavaScript has no `{start}`");
    let (before, rest) = js.split_once(&format!("\n{start}")).with_context(missing)?;
    let (function, after) = rest.split_once("\n}\n").with_context(missing)?;
    Ok((before, function, after))
}

fn is_of_class(export: &str) -> bool {
    let name = export.strip_prefix("__wbg_").unwrap_or(export);
    CLASSES.iter().any(|class| {
        name.strip_prefix(class.to_lowercase().as_str()).is_some_and(|rest| rest.starts_with('_'))
    })
}

/// Leaves out each class, from its first line to the closing brace, and what stands outside of it for its sake.
fn without_classes(js: &str) -> String {
    let mut kept = String::with_capacity(js.len());
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        let class = CLASSES.iter().find(|class| {
            line == format!("export class {class} {{")
                || line.starts_with(&format!("if (Symbol.dispose) {class}."))
                || line.starts_with(&format!("const {class}Finalization "))
        });
        match class {
            None => kept.extend([line, "\n"]),
            Some(_) if line.starts_with("export") => drop(lines.find(|line| *line == "}")),
            Some(_) if line.starts_with("const") => drop(lines.find(|line| line.ends_with(';'))),
            Some(_) => {}
        }
    }
    kept
}

/// Leaves out the functions that the module imports no more.
fn without_imports(js: &str, imported: &BTreeSet<String>) -> String {
    let end = [IMPORT_INDENT, "},"].concat();
    let mut kept = String::with_capacity(js.len());
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        let name = line
            .strip_prefix(IMPORT_INDENT)
            .and_then(|rest| rest.split_once(": function("))
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("__wb"));
        match name {
            Some(name) if !imported.contains(name) => drop(lines.find(|line| *line == end)),
            _ => kept.extend([line, "\n"]),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_begin_that_no_page_takes_are_left_out() {
        let js = "a\nfunction debugString(val) {\n    long\n}\nfunction initSync(module) {\n    {\n    }\n}\nlet b;\nif (!('encodeInto' in cachedTextEncoder)) {\n    old();\n}\n\
                  async function __wbg_load(module, imports) {\n    WebAssembly.instantiateStreaming(module, imports);\n}\n\
                  async function __wbg_init_once(module_or_path) {\n    x\n    \
                  __wbg_load(await module_or_path, imports);\n    __wbg_finalize_init(instance, module);\n}\n\
                  export { initSync, c as default };\n";
        let kept = with_one_beginning(js).unwrap();
        assert_eq!(
            kept,
            format!("a{DESCRIBE}let b;{LOAD}{BEGIN}export {{ c as default }};\n")
                .replace("}\n\nasync", "}\nasync")
        );
        assert!(with_one_beginning("a").is_err());
    }

    #[test]
    fn a_class_goes_with_everything_that_is_there_for_it() {
        let js = "export class IntoUnderlyingSink {\n    abort() {\n    }\n}\n\
                  if (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = 1;\n\
                  const IntoUnderlyingSinkFinalization = (typeof F)\n    ? {}\n    : new F(1);\nexport class Other {\n}\n";
        assert_eq!(without_classes(js), "export class Other {\n}\n");
    }

    #[test]
    fn a_function_that_is_imported_stays_and_one_that_is_not_goes() {
        let js = "    const import0 = {\n        __wbg_a_1: function() {\n            a();\n        },\n        \
                  __wbg_b_2: function(x) {\n            b();\n        },\n    };\n";
        let imported = BTreeSet::from(["__wbg_b_2".to_owned()]);
        let kept = without_imports(js, &imported);
        assert!(!kept.contains("a();") && kept.contains("b();"), "{kept}");
    }

    #[test]
    fn only_exports_of_the_classes_are_taken() {
        assert!(is_of_class("intounderlyingsource_pull") && is_of_class("__wbg_intounderlyingsink_free"));
        assert!(!is_of_class("hydrate") && !is_of_class("__wbindgen_export5"));
    }
}
