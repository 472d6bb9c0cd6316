//! Analytics, incidents and managed services (rows 45 and 47).

use partner_center::*;

use crate::script::{Script, client, json};

#[tokio::test]
async fn trap_49_analytics_live_under_partner() {
    let empty = r#"{"Value":[],"TotalCount":0}"#;
    let script = Script::start(vec![json(200, empty); 3]).await;
    let client = client(&script);
    client.licence_usage(AnalyticsQuery::default()).await.expect("empty in the sandbox");
    client.licence_deployment(AnalyticsQuery::default()).await.expect("empty in the sandbox");
    let mut pages = client.subscription_analytics(SubscriptionAnalyticsQuery::default()).expect("sound");
    assert!(pages.next().await.expect("page").expect("one").items.is_empty());
    let paths: Vec<_> = script.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(
        paths,
        [
            "GET /partner/v1/analytics/commercial/usage/license?top=10000&skip=0 HTTP/1.1",
            "GET /partner/v1/analytics/commercial/deployment/license?top=10000&skip=0 HTTP/1.1",
            "GET /partner/v1/analytics/subscriptions?top=10000&skip=0 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn analytics_are_filtered_grouped_and_followed_to_the_end() {
    let first = r#"{"Value":[{"serviceName":"Office","licenseActive":"7","licensesQualified":10,"processedDateTime":"2026-03-01T00:00:00"}],
        "@nextLink":"https://elsewhere.example/partner/v1/analytics/commercial/usage/license?top=10000&skip=10000","TotalCount":2}"#;
    let second = r#"{"value":[{"serviceName":null,"licensesActive":3}],"@nextLink":null,"totalCount":2}"#;
    let script = Script::start([json(200, first), json(200, second)]).await;
    let filter = AnalyticsFilter::all(&[
        ("customerTenantId", Comparison::Equals, "t-1"),
        ("customerName", Comparison::NotEquals, "O'Contoso"),
    ])
    .expect("sound");
    assert_eq!(filter.as_str(), "customerTenantId eq 't-1' and customerName ne 'O''Contoso'");
    let query = AnalyticsQuery {
        filter: Some(&filter),
        group_by: &["customerName", "productName"],
        processed: Some("2026-03-01T00:00:00Z".parse().expect("date")),
    };
    let rows = client(&script).licence_usage(query).await.expect("two pages");
    let active: Vec<_> = rows.iter().map(|row| row.licenses_active).collect();
    assert_eq!(active, [Some(7), Some(3)], "both spellings, number or text");
    let line = &script.seen()[0].line;
    assert!(
        line.contains("groupby=customerName%2CproductName") && line.contains("processedDateTime=2026-03-01T"),
        "{line}"
    );
    assert!(line.contains("filter=customerTenantId+eq+%27t-1%27+and+customerName+ne+%27O%27%27Contoso%27"), "{line}");
    assert!(script.seen()[1].line.contains("skip=10000") && script.seen()[1].line.contains("groupby="));
    for bad in [AnalyticsFilter::any(&[]), AnalyticsFilter::any(&[("a b", Comparison::Equals, "x")])] {
        assert!(matches!(bad, Err(Error::Invalid { .. })));
    }
}

#[tokio::test]
async fn subscription_analytics_have_a_level_and_open_words() {
    let body = r#"{"Value":[{"id":"s1","status":"ACTIVE","licenseCount":"10","effectiveStartDate":"2026-03-04T00:00:00","trialStartDate":null},
        {"status":"TOMORROW","subscriptionCount":4}],"TotalCount":2}"#;
    let script = Script::start([json(200, body)]).await;
    let client = client(&script);
    let query =
        SubscriptionAnalyticsQuery { filter: None, group_by: &["status"], level: Some(&AggregationLevel::Week) };
    let rows = client.subscription_analytics(query).expect("sound").all().await.expect("rows");
    assert_eq!((rows[0].status.clone(), rows[0].license_count), (Some(AnalyticsStatus::Active), Some(10)));
    assert_eq!(rows[1].status, Some(AnalyticsStatus::Other("TOMORROW".into())));
    let line = &script.seen()[0].line;
    assert!(line.contains("groupBy=status") && line.contains("aggregationLevel=week"), "{line}");
    let bad = SubscriptionAnalyticsQuery { group_by: &["a,b"], ..SubscriptionAnalyticsQuery::default() };
    assert!(matches!(client.subscription_analytics(bad), Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn the_older_analytics_of_a_customer_are_read_in_any_envelope() {
    let row = r#"{"serviceName":"Office","licensesDeployed":8,"licensesSold":"10","licensesActive":7}"#;
    let script = Script::start([
        json(200, &format!("[{row}]")),
        json(200, &format!(r#"{{"totalCount":1,"items":[{row}]}}"#)),
        json(200, &format!(r#"{{"Value":[{row}]}}"#)),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.licence_usage_of("c").await.expect("array")[0].licenses_active, Some(7));
    for _ in 0..2 {
        let rows = client.licence_deployment_of("c").await.expect("rows");
        assert_eq!((rows[0].licenses_deployed, rows[0].licenses_sold), (Some(8), Some(10)));
    }
    assert_eq!(script.seen()[0].line, "GET /v1/customers/c/analytics/licenses/usage HTTP/1.1");
    assert_eq!(script.seen()[1].line, "GET /v1/customers/c/analytics/licenses/deployment HTTP/1.1");
}

#[tokio::test]
async fn incidents_are_listed_for_all_and_for_one() {
    let body = r#"{"items":[{"workload":"Exchange","status":3,"incidents":[{"id":1001,"startTime":"2026-03-04T08:00:00Z","endTime":null,
        "resolved":null,"affectedTenantCount":"12","messages":[{"publishedTime":"2026-03-04T08:10:00","messageText":null}],"impactedArea":{"a":1}}],
        "messageCenterMessages":null}]}"#;
    let script = Script::start([json(200, body), json(200, body)]).await;
    let client = client(&script);
    let services = client.office_incidents(IncidentFilter::Open).await.expect("list");
    let incident = &services[0].incidents[0];
    assert_eq!((incident.id.as_str(), incident.affected_tenant_count, incident.resolved), ("1001", Some(12), false));
    client.office_incidents_of("c", IncidentFilter::All).await.expect("list");
    let lines: Vec<_> = script.seen().iter().map(|seen| seen.line.clone()).collect();
    let filter = "%7B%22Field%22%3A%22resolved%22%2C%22Value%22%3A%22false%22%2C%22Operator%22%3A%22equals%22%7D";
    assert_eq!(lines[0], format!("GET /v1/serviceincidents/office?filter={filter} HTTP/1.1"));
    assert_eq!(lines[1], "GET /v1/customers/c/serviceincidents/office HTTP/1.1");
}

#[tokio::test]
async fn managed_services_lead_to_the_portals() {
    let body = r#"{"items":[{"id":"exchange","name":"Exchange","links":{"serviceHealth":{"uri":"https://portal.example/h","method":"GET"},
        "serviceTickets":null}},{"id":7,"name":null,"links":null}]}"#;
    let script = Script::start([json(200, body)]).await;
    let services = client(&script).managed_services("c").await.expect("list");
    let health = services[0].links.service_health.as_ref().expect("a page");
    assert_eq!(health.uri, "https://portal.example/h");
    assert!(services[0].links.service_tickets.is_none());
    assert_eq!((services[1].id.as_str(), services[1].links.clone()), ("7", ManagedServiceLinks::default()));
    assert_eq!(script.seen()[0].line, "GET /v1/customers/c/managedservices HTTP/1.1");
}
