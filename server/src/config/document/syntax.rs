//! What the YAML reader finds wrong, in the words of somebody who has to mend it.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::super::error::Finding;
use super::super::snippet::Place;

/// The finding for what the reader says.
pub fn finding(error: &ScanError) -> Finding {
    let marker = error.marker();
    let place = Place { line: marker.line(), column: marker.col() + 1, width: 1 };
    let (what, hint) = explained(error.kind());
    Finding::new(place, what).hint(hint)
}

fn explained(kind: &ErrorKind) -> (String, &'static str) {
    use ErrorKind as K;
    let said = |what: &str| format!("this is not valid YAML: {what}");
    match kind {
        K::TabNotAllowed | K::TabInBlockIndentation | K::TabInIndentation | K::TabAtBlockScalarStart => {
            (said("a tab is used to indent"), "indent with spaces")
        }
        K::UnclosedQuotedScalar => {
            (said("a quote is opened but never closed"), "look for the missing quote at the end of the value")
        }
        K::InvalidTrailingDoubleQuotedScalar | K::InvalidTrailingSingleQuotedScalar => (
            said("something follows the quote that ends a value"),
            "a quote may be missing on this line or above it; a quote within a value is doubled, or follows `\\`",
        ),
        K::UnclosedFlowCollection { open } => (
            said(&format!("`{open}` is opened but never closed")),
            "look for the missing bracket at the end of the value",
        ),
        K::UnexpectedEofFlowSequence => {
            (said("`[` is opened but never closed"), "look for the missing bracket at the end of the value")
        }
        K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping => {
            (said("`{` is opened but never closed"), "look for the missing bracket at the end of the value")
        }
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => {
            (said("a bracket is closed that was not opened"), "look for the bracket it should answer")
        }
        K::MappingValueNotAllowed | K::InvalidColonPlacement => (
            said("a second `:` stands where a value should be"),
            "put a value that holds `: ` in quotes, or check the indentation of the line",
        ),
        K::InvalidIndentation | K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry => (
            said("the indentation does not fit the lines above"),
            "keys of one section begin in the same column",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey => {
            (said("a key is not followed by `:`"), "write `key: value`, with a space after the colon")
        }
        K::UnexpectedCharacter { character } => (
            said(&format!("a value cannot begin with `{character}`")),
            "put a value that begins with a special character in quotes",
        ),
        K::UnknownQuotedScalarEscape => (
            said("an unknown escape follows a backslash"),
            "in double quotes write `\\\\` for a backslash, or use single quotes",
        ),
        K::RecursionLimitExceeded => {
            (said("too many sections within one another"), "see the reference for the shape")
        }
        K::BlockSequenceEntryNotAllowed | K::BlockEntryInFlowCollection => {
            (said("a list entry `- ` is not allowed here"), "begin the list on a line of its own")
        }
        K::CommentNotSeparated | K::CommentInterceptedScalar => {
            (said("a comment stands too close"), "put a space before `#`, or the value in quotes")
        }
        other => (said(&other.to_string()), "put values with special characters in quotes"),
    }
}
