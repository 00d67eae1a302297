//! Makes what stands in the page like what was drawn, and changes nothing that is already like it: elements stay, and
//! with them focus, selection and a reader's place.

use js_sys::JsString;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// Makes the children of `shown` like those of `drawn`, which is used up.
pub fn morph(shown: &Node, drawn: &Node) {
    // Next to each other they would be two texts where the page has one.
    drawn.normalize();
    let mut old = children(shown).into_iter();
    for new in children(drawn) {
        match old.next() {
            Some(old) if alike(&old, &new) => {
                if let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
                    copy_attributes(old, new);
                    morph(old, new);
                } else if old.node_value() != new.node_value() {
                    old.set_node_value(new.node_value().as_deref());
                }
            }
            // Both are nodes of this page, so neither of these can fail.
            Some(old) => drop(shown.replace_child(&new, &old)),
            None => drop(shown.append_child(&new)),
        }
    }
    for old in old {
        let _removed = shown.remove_child(&old);
    }
}

/// The children but for comments, which Leptos leaves where a gap may be filled.
fn children(node: &Node) -> Vec<Node> {
    let list = node.child_nodes();
    let nodes = (0..list.length()).filter_map(|index| list.get(index));
    nodes.filter(|node| node.node_type() != Node::COMMENT_NODE).collect()
}

fn alike(one: &Node, other: &Node) -> bool {
    one.node_type() == other.node_type() && one.node_name() == other.node_name()
}

fn copy_attributes(old: &Element, new: &Element) {
    for name in names(old) {
        if !new.has_attribute(&name) {
            // A name that an element has is a valid one.
            let _removed = old.remove_attribute(&name);
        }
    }
    for name in names(new) {
        let value = new.get_attribute(&name);
        if value != old.get_attribute(&name) {
            let _set = old.set_attribute(&name, value.as_deref().unwrap_or_default());
        }
    }
}

fn names(element: &Element) -> impl Iterator<Item = String> {
    element.get_attribute_names().into_iter().map(|name| String::from(name.unchecked_into::<JsString>()))
}
