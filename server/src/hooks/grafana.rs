//! Grafana, by a contact point of the kind webhook: groups like those of Alertmanager, with the values that were measured.

use super::{Kind, group};

/// Grafana.
pub const KIND: Kind = Kind {
    word: "grafana",
    is_signed: false,
    read: |body| group::read("Grafana", body),
    has,
    fields: "`labels.…`, `annotations.…`, `values.…`, `groupLabels.…`, `commonLabels.…`, `commonAnnotations.…`, `status`, \
             `receiver`, `title`, `message`",
};

fn has(field: &str) -> bool {
    let is_value = field.strip_prefix("values.").is_some_and(|name| !name.is_empty());
    is_value || ["title", "message"].contains(&field) || group::has(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pharos_model::UnixMs;

    /// As the documentation of unified alerting lays it out.
    const GROUP: &str = r#"{
        "receiver": "pharos", "status": "firing", "orgId": 1,
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "High latency", "grafana_folder": "Shop", "service": "api"},
            "annotations": {"summary": "Slow in eu-1"},
            "startsAt": "2026-11-27T13:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://grafana.example/alerting/x/edit", "fingerprint": "c6eadffa33fcdf37",
            "silenceURL": "https://grafana.example/alerting/silence/new", "dashboardURL": "", "panelURL": "",
            "values": {"B": 44.25, "C": 1}, "valueString": "[ var='B' value=44.25 ]"
        }],
        "groupLabels": {"alertname": "High latency", "grafana_folder": "Shop"}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "https://grafana.example/", "version": "1", "groupKey": "{}/{}:{alertname=\"High latency\"}",
        "truncatedAlerts": 0, "title": "[FIRING:1] High latency", "state": "alerting", "message": "**Firing**"
    }"#;

    #[test]
    fn a_group_is_read_as_documented() {
        let reading = (KIND.read)(GROUP.as_bytes()).unwrap();
        let [alert] = &reading.alerts[..] else { panic!("one alert") };
        assert_eq!(alert.name.as_deref(), Some("c6eadffa33fcdf37"));
        assert_eq!(alert.as_of, Some(UnixMs(1_795_780_263_157)));
        for (field, value) in [
            ("labels.grafana_folder", "Shop"),
            ("values.B", "44.25"),
            ("values.C", "1"),
            ("title", "[FIRING:1] High latency"),
            ("annotations.summary", "Slow in eu-1"),
        ] {
            assert!((KIND.has)(field), "{field}");
            assert_eq!(alert.fields.get(field).map(String::as_str), Some(value), "{field}");
        }
    }

    #[test]
    fn an_alert_without_data_has_no_values() {
        let body = GROUP.replace(r#"{"B": 44.25, "C": 1}"#, "null");
        let reading = (KIND.read)(body.as_bytes()).unwrap();
        assert!(!reading.alerts[0].fields.keys().any(|name| name.starts_with("values.")));
    }
}
