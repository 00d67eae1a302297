//! The list of operators' tools: a line for each, with the route of the API that it calls.

/// What a tool does to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It adds something.
    Adds,
    /// It puts something in the place of what is there.
    Changes,
}

/// What a tool says by itself.
#[derive(Clone, Copy, Debug)]
pub enum Fixed {
    /// A word.
    Word(&'static str),
    /// `true`.
    Yes,
}

/// A tool, and the route of the API that it calls.
#[derive(Debug)]
pub struct Act {
    /// What it is called by.
    pub name: &'static str,
    /// What people are shown.
    pub title: &'static str,
    /// What a model is told of it.
    pub description: &'static str,
    /// The method of the request.
    pub method: &'static str,
    /// Where, below the API.
    pub path: &'static str,
    /// What the name in the address is.
    pub names: &'static str,
    /// What it does.
    pub effect: Effect,
    /// What it says by itself.
    pub fixed: &'static [(&'static str, Fixed)],
    /// The fields of the route's body that it takes; all that are not fixed unless it is stated.
    pub takes: Option<&'static [&'static str]>,
    /// Whether the route takes no body.
    pub is_bare: bool,
}

const fn act(
    (name, title, description): (&'static str, &'static str, &'static str),
    (method, path, names): (&'static str, &'static str, &'static str),
    effect: Effect,
) -> Act {
    Act { name, title, description, method, path, names, effect, fixed: &[], takes: None, is_bare: false }
}

const INCIDENT: &str = "The incident's `id`, as list_incidents tells it.";
const MAINTENANCE: &str = "The maintenance's `id`, as list_maintenances tells it.";
const COMPONENT: &str = "The component's `id`, as get_status tells it.";
const ANNOUNCEMENT: &str = "The announcement's `id`, as make_announcement told it.";
const CHECK: &str = "The check's `id`, as list_checks tells it.";

/// Every tool of operators.
pub const ACTS: &[Act] = &[
    act(
        (
            "open_incident",
            "Open an incident",
            "Open an incident, which everybody sees at once and subscribers are told of. Say what is affected, since when, and what \
             happens next; promise the next update by `next_update_by` if you can keep it.",
        ),
        ("POST", "/incidents", ""),
        Effect::Adds,
    ),
    act(
        (
            "update_incident",
            "Say something about an incident",
            "Say something about an incident that is there, and where it stands from now on. Unless it only `annotate`s, people lead the \
             incident from then on.",
        ),
        ("POST", "/incidents/{id}/updates", INCIDENT),
        Effect::Adds,
    ),
    Act {
        fixed: &[("status", Fixed::Word("resolved"))],
        takes: Some(&["body", "components", "at"]),
        ..act(
            (
                "resolve_incident",
                "Resolve an incident",
                "Say that an incident is over, and why. Components that people said something of are to be told of in `components`.",
            ),
            ("POST", "/incidents/{id}/updates", INCIDENT),
            Effect::Adds,
        )
    },
    Act {
        fixed: &[("taken_over", Fixed::Yes)],
        takes: Some(&[]),
        ..act(
            (
                "take_over_incident",
                "Take over an incident",
                "Acknowledge an incident that Pharos opened: people lead it from now on, and the checks add nothing more to it.",
            ),
            ("PATCH", "/incidents/{id}", INCIDENT),
            Effect::Changes,
        )
    },
    act(
        (
            "edit_incident",
            "Change what stands over an incident",
            "Change the title, the impact, the components or the beginning of an incident. What is left out stays as it is.",
        ),
        ("PATCH", "/incidents/{id}", INCIDENT),
        Effect::Changes,
    ),
    act(
        (
            "schedule_maintenance",
            "Plan maintenance",
            "Plan maintenance, or begin it now by leaving out `scheduled_start`. Everybody sees it at once; while it lasts its components \
             are shown as under maintenance.",
        ),
        ("POST", "/maintenances", ""),
        Effect::Adds,
    ),
    act(
        (
            "update_maintenance",
            "Lead maintenance",
            "Say something about maintenance, begin it early (`in_progress`), end it (`completed`) or call it off (`cancelled`).",
        ),
        ("POST", "/maintenances/{id}/updates", MAINTENANCE),
        Effect::Adds,
    ),
    act(
        (
            "edit_maintenance",
            "Change maintenance",
            "Change the words, the components or the time of maintenance: a later `scheduled_end` prolongs it. What is left out stays as \
             it is.",
        ),
        ("PATCH", "/maintenances/{id}", MAINTENANCE),
        Effect::Changes,
    ),
    act(
        (
            "state_component",
            "State a component's status",
            "State the status of a component, which counts instead of what its checks find; readers see both. A component that has checks \
             needs an end (`until`).",
        ),
        ("PUT", "/components/{id}/statement", COMPONENT),
        Effect::Changes,
    ),
    act(
        (
            "take_back_statement",
            "Let a component's checks count again",
            "Take back what was stated of a component, so that what its checks find counts again.",
        ),
        ("DELETE", "/components/{id}/statement", COMPONENT),
        Effect::Changes,
    ),
    act(
        (
            "make_announcement",
            "Make an announcement",
            "Tell visitors something they should know although nothing is wrong.",
        ),
        ("POST", "/announcements", ""),
        Effect::Adds,
    ),
    act(
        ("end_announcement", "Take an announcement down", "Take an announcement down before its time."),
        ("DELETE", "/announcements/{id}", ANNOUNCEMENT),
        Effect::Changes,
    ),
    act(
        (
            "list_checks",
            "Checks",
            "The checks of all components with what they find, why, and whether they are paused. Only operators see this: tell nobody \
             else of it.",
        ),
        ("GET", "/checks", ""),
        Effect::Reads,
    ),
    Act {
        is_bare: true,
        ..act(
            (
                "run_check",
                "Look at a check now",
                "Have a check looked at now. The answer comes before the look does: list_checks tells what it found a moment later.",
            ),
            ("POST", "/checks/{id}/run", CHECK),
            Effect::Adds,
        )
    },
    Act {
        is_bare: true,
        ..act(
            (
                "pause_check",
                "Pause a check",
                "Look at a check no more until it is resumed. Time in which nobody looks is shown as unknown.",
            ),
            ("POST", "/checks/{id}/pause", CHECK),
            Effect::Changes,
        )
    },
    Act {
        is_bare: true,
        ..act(
            ("resume_check", "Resume a check", "Look at a check again that was paused."),
            ("POST", "/checks/{id}/resume", CHECK),
            Effect::Changes,
        )
    },
];
