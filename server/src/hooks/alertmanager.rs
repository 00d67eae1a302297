//! Alertmanager of Prometheus, by its `webhook_configs` (version 4 of what it sends).

use super::{Kind, group};

/// Alertmanager.
pub const KIND: Kind = Kind {
    word: "alertmanager",
    is_signed: false,
    read: |body| group::read("Alertmanager", body),
    has: group::has,
    fields: "`labels.…`, `annotations.…`, `groupLabels.…`, `commonLabels.…`, `commonAnnotations.…`, `status`, `receiver`",
};

#[cfg(test)]
mod tests {
    use super::super::{End, Told, Unread};
    use super::*;
    use pharos_model::UnixMs;

    /// As the documentation of version 4 lays it out.
    const GROUP: &str = r#"{
        "version": "4", "groupKey": "{}:{alertname=\"Down\"}", "truncatedAlerts": 2, "status": "firing",
        "receiver": "pharos", "groupLabels": {"alertname": "Down"},
        "commonLabels": {"alertname": "Down", "severity": "critical"},
        "commonAnnotations": {"summary": "It is down"}, "externalURL": "http://alertmanager:9093",
        "alerts": [
            {"status": "firing", "labels": {"alertname": "Down", "severity": "critical", "service": "api"},
             "annotations": {"summary": "It is down"}, "startsAt": "2026-11-27T12:00:00.5Z",
             "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prometheus/graph", "fingerprint": "0a1b2c3d4e5f6071"},
            {"status": "resolved", "labels": {"alertname": "Down", "service": "web"}, "annotations": {},
             "startsAt": "2026-11-27T13:00:00+01:00", "endsAt": "2026-11-27T12:05:00Z", "fingerprint": "ffff"}
        ]
    }"#;

    #[test]
    fn a_group_is_read_as_documented() {
        let reading = (KIND.read)(GROUP.as_bytes()).unwrap();
        assert_eq!((reading.alerts.len(), reading.left_out), (2, 2));
        let [api, web] = &reading.alerts[..] else { panic!("two alerts") };
        assert_eq!((api.name.as_deref(), api.end), (Some("0a1b2c3d4e5f6071"), End::Unsaid));
        assert_eq!(api.as_of, Some(UnixMs(1_795_780_800_500)));
        for (field, value) in [
            ("labels.service", "api"),
            ("annotations.summary", "It is down"),
            ("groupLabels.alertname", "Down"),
            ("commonLabels.severity", "critical"),
            ("status", "firing"),
            ("receiver", "pharos"),
        ] {
            assert!((KIND.has)(field), "{field}");
            assert_eq!(api.fields.get(field).map(String::as_str), Some(value), "{field}");
        }
        assert_eq!(web.end, End::At(UnixMs(1_795_781_100_000)));
        assert_eq!(api.group, web.group);
        assert!(!(KIND.has)("labels.") && !(KIND.has)("label.service"));
    }

    #[test]
    fn what_is_left_out_does_no_harm() {
        let read = |text: &str| (KIND.read)(text.as_bytes());
        let bare = r#"{"alerts": [{"status": "firing", "labels": {"a": "1"}, "annotations": null}]}"#;
        let [alert] = &read(bare).unwrap().alerts[..] else { panic!("one alert") };
        assert_eq!((alert.as_of, alert.end), (None, End::Unsaid));
        let other = bare.replace('1', "2");
        let [other] = &read(&other).unwrap().alerts[..] else { panic!("one alert") };
        assert_ne!(alert.name, other.name, "labels make the name");
        assert_eq!(read(r#"{"alerts": []}"#).unwrap().alerts, Vec::<Told>::new());
    }

    #[test]
    fn what_nobody_set_may_be_there_without_a_value() {
        let body = r#"{"alerts": [{"status": "firing", "labels": null, "annotations": null, "startsAt": null}],
            "groupKey": null, "groupLabels": null, "commonLabels": null, "commonAnnotations": null, "truncatedAlerts": null}"#;
        let reading = (KIND.read)(body.as_bytes()).unwrap();
        assert_eq!((reading.alerts.len(), reading.left_out), (1, 0));
    }

    #[test]
    fn what_it_does_not_send_is_refused() {
        for body in ["", "{}", "[]", "null", "{\"alerts\": [{}]}", "{\"alerts\": {}}", "\u{0}"] {
            assert!(matches!((KIND.read)(body.as_bytes()), Err(Unread::Shape { .. })), "{body}");
        }
        let unknown = r#"{"alerts": [{"status": "perhaps"}]}"#;
        assert!((KIND.read)(unknown.as_bytes()).unwrap_err().to_string().contains("perhaps"));
        let long = format!(r#"{{"alerts": [], "truncatedAlerts": "{}"}}"#, "x".repeat(10_000));
        assert!((KIND.read)(long.as_bytes()).unwrap_err().to_string().len() < 300);
        let many = format!("{{\"alerts\": [{}]}}", vec!["{\"status\":\"firing\"}"; 501].join(","));
        assert_eq!((KIND.read)(many.as_bytes()), Err(Unread::TooMany { what: "alerts", max: 500 }));
        let deep = format!("{{\"alerts\": [], \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!((KIND.read)(deep.as_bytes()).unwrap().alerts, [], "what is passed over does no harm");
    }
}
