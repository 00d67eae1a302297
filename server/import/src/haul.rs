//! What was found: configuration, history, and what could not be carried.

use std::collections::BTreeMap;

use pharos_model::{ComponentId, GroupId, UnixMs};

use crate::limits::{DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX};
use crate::{Check, ImportError, Incident, Looks, Maintenance, Series, Spot, Turn};

/// What the page says of itself, as far as the source tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Whose page it is.
    pub name: Option<String>,
    /// One sentence about it.
    pub description: Option<String>,
    /// Its time zone by its IANA name; one that is not known there is left, and said so.
    pub time_zone: Option<String>,
    /// Its language as in `de`.
    pub language: Option<String>,
}

/// A heading over components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its identifier, from [`crate::Names`].
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its identifier, from [`crate::Names`].
    pub id: ComponentId,
    /// Its name.
    pub name: String,
    /// One sentence about it; may be empty.
    pub description: String,
    /// The group it stands in.
    pub group: Option<GroupId>,
    /// How it is watched; none for one of which operators alone state how it is.
    pub checks: Vec<Check>,
    /// Further keys of a component in the configuration file, such as `depends_on`; mostly none.
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// A secret that was found, and stands nowhere in what is made: the configuration refers to the environment instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where it stands in the source.
    pub spot: Spot,
    /// What it is, as in "the password of the user in the address".
    pub what: String,
}

/// Something that could not be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it stands.
    pub spot: Spot,
    /// What it is, as in "the alert `slack`".
    pub what: String,
    /// Why, and where it goes instead if there is such a place.
    pub why: String,
}

/// Everything that was found.
#[derive(Default)]
pub struct Haul {
    /// The page.
    pub page: Page,
    /// Its groups, in their order.
    pub groups: Vec<Group>,
    /// Its components, in their order.
    pub components: Vec<Component>,
    /// The configuration file, where the source has one as Pharos reads it; then page, groups and components only name what is in it.
    pub configuration: Option<String>,
    /// Further sections of the configuration file, such as `reference`; mostly none.
    pub more: serde_json::Map<String, serde_json::Value>,
    /// How components were, in any order; sorted by whoever fills.
    pub turns: Vec<Turn>,
    /// Incidents, in any order.
    pub incidents: Vec<Incident>,
    /// Maintenances, in any order.
    pub maintenances: Vec<Maintenance>,
    /// Maintenances that come again and again.
    pub series: Vec<Series>,
    /// Single looks, if there are any.
    pub looks: Option<Box<dyn Looks>>,
    /// How many there will be, for the plan.
    pub looks_count: u64,
    /// Up to when the source tells how components were. What comes after is unknown until Pharos looks itself. `None` where it tells of no
    /// history.
    pub covers: Option<UnixMs>,
    /// Secrets by the variable of the environment that is to hold each.
    pub secrets: BTreeMap<String, Secret>,
    /// What could not be carried.
    pub left: Vec<Left>,
    /// How much more could not be carried than `left` holds.
    pub left_more: u64,
}

impl Haul {
    /// Notes that something could not be carried.
    pub fn leave(&mut self, spot: Spot, what: impl Into<String>, why: impl Into<String>) {
        if self.left.len() < crate::limits::LEFT_MAX {
            self.left.push(Left { spot, what: what.into(), why: why.into() });
        } else {
            self.left_more += 1;
        }
    }

    /// Notes a secret and gives the reference that stands in its place, as in `${API_PASSWORD}`. `name` is a name for the variable; one that is
    /// taken by another gets a number.
    pub fn secret(&mut self, name: &str, spot: Spot, what: impl Into<String>) -> String {
        let stem: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let stem = stem.trim_matches('_');
        let stem = match stem.chars().next() {
            None => "SECRET".to_owned(),
            Some(first) if first.is_ascii_digit() => format!("SECRET_{stem}"),
            Some(_) => stem.to_owned(),
        };
        let mut variable = stem.clone();
        let mut number = 2_u64;
        while self.secrets.get(&variable).is_some_and(|known| known.spot != spot) {
            variable = format!("{stem}_{number}");
            number += 1;
        }
        let reference = format!("${{{variable}}}");
        self.secrets.insert(variable, Secret { spot, what: what.into() });
        reference
    }
}

/// A text of the source as the configuration file has it: nothing in it is a reference to the environment.
pub fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// A name of the source, cut where it is longer than a name may be, which is said.
///
/// # Errors
/// When it is blank, or holds a control character.
pub fn named(haul: &mut Haul, name: &str, spot: &Spot) -> Result<String, ImportError> {
    let name = bounded(haul, name, spot, NAME_CHARS_MAX)?;
    if name.is_empty() {
        return Err(ImportError::new(spot.clone(), "this name is blank", "write a name"));
    }
    Ok(name)
}

/// The same for a description, which may be blank.
///
/// # Errors
/// When it holds a control character.
pub fn described(haul: &mut Haul, text: &str, spot: &Spot) -> Result<String, ImportError> {
    bounded(haul, text, spot, DESCRIPTION_CHARS_MAX)
}

fn bounded(haul: &mut Haul, text: &str, spot: &Spot, chars_max: usize) -> Result<String, ImportError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        let what = format!("this text holds the control character U+{:04X}", u32::from(control));
        return Err(ImportError::new(spot.clone(), what, "remove it"));
    }
    if text.chars().nth(chars_max).is_none() {
        return Ok(text);
    }
    haul.leave(
        spot.clone(),
        "the end of a long text",
        format!("it may have {chars_max} characters; shorten it in words of your own"),
    );
    let kept: String = text.chars().take(chars_max - 1).collect();
    Ok(format!("{}…", kept.trim_end()))
}
