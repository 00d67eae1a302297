//! Configurations for what is measured: so many components, each with so many checks, all on one program of targets.

use std::fmt::Write;

/// What is configured.
#[derive(Clone, Copy)]
pub struct Configuration<'a> {
    /// Where the targets listen.
    pub targets: &'a str,
    /// How many components: `component-001` and so on, as the made-up histories name them.
    pub components: u32,
    /// Checks of each component. The targets are numbered through.
    pub checks_each: u32,
    /// Time between two looks, as the file writes it.
    pub interval: &'a str,
    /// Consecutive observations that confirm a change.
    pub confirmations: u32,
}

/// Components of one group.
const GROUP_SIZE: u32 = 10;

impl Configuration<'_> {
    /// The file.
    pub fn yaml(&self) -> String {
        let mut text = String::from("page: { name: Benchmark, time_zone: UTC }\ngroups:\n");
        for group in 1..=self.components.div_ceil(GROUP_SIZE) {
            line(&mut text, format_args!("  - {{ id: group-{group:02}, name: Group {group} }}"));
        }
        text.push_str("components:\n");
        for number in 1..=self.components {
            let group = (number - 1) / GROUP_SIZE + 1;
            line(&mut text, format_args!("  - id: component-{number:03}"));
            line(&mut text, format_args!("    name: Component {number:03}"));
            line(&mut text, format_args!("    group: group-{group:02}"));
            line(&mut text, format_args!("    incidents: {{ auto: \"off\" }}"));
            line(&mut text, format_args!("    checks:"));
            for check in 0..self.checks_each {
                self.check(&mut text, check, (number - 1) * self.checks_each + check);
            }
        }
        text
    }

    fn check(&self, text: &mut String, check: u32, target: u32) {
        let Self { targets, interval, confirmations, .. } = self;
        line(text, format_args!("      - http: {{ url: \"http://{targets}/watch/{target}\" }}"));
        line(text, format_args!("        name: check-{check:02}"));
        line(text, format_args!("        interval: {interval}"));
        line(text, format_args!("        timeout: 900ms"));
        line(text, format_args!("        down_after: {confirmations}"));
        line(text, format_args!("        up_after: {confirmations}"));
    }
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_target_of_its_own() {
        let configuration = Configuration {
            targets: "127.0.0.1:7",
            components: 12,
            checks_each: 2,
            interval: "1s",
            confirmations: 1,
        };
        let yaml = configuration.yaml();
        assert_eq!(yaml.matches("id: component-").count(), 12);
        assert_eq!(yaml.matches("id: group-").count(), 2);
        for target in 0..24 {
            assert_eq!(yaml.matches(&format!("/watch/{target}\"")).count(), 1, "{target}");
        }
    }
}
