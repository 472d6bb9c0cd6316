//! The end with the term: said in words everywhere, asked for once, taken back; never by a stranger.

use super::{
    browser::{Answer, Browser, member},
    pages::{delivered, name_of},
};
use jiff::{SignedDuration, tz::TimeZone};
use levante::locale::Language;
use licensing::{id::SubscriptionId, subscription::TermEndIntent};

/// A colleague of alice's who reads Italian: the language belongs to the member.
const ITALIAN: &str = "anna@fabrikam.example";

fn token(form: &str) -> String {
    form.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The part of the page that is the form for the end of the term.
fn form(page: &Answer) -> &str {
    page.text.split("/renewal\"").nth(1).expect("the page has the form").split("</form>").next().unwrap()
}

async fn press(browser: &mut Browser, path: &str, renews: &str, token: &str) -> Answer {
    browser.post(path, &[("renews", renews), ("token", token)]).await
}

#[tokio::test]
async fn a_subscription_ends_with_its_term_once_and_renews_again() {
    let (mut world, site, name, _, _) = delivered().await;
    member(&site.operations, Some(&site.alice.account), ITALIAN, "it").await;
    let account = site.alice.account.clone();
    let service = name_of(&name);
    let all = site.operations.subscriptions(&account, &service).await.unwrap();
    let exchange = all.iter().find(|s| s.seats.get() == 3).unwrap();
    let id: SubscriptionId = exchange.id;
    let end = exchange.term_end.unwrap().to_zoned(TimeZone::UTC).date();
    let [en, it] = [Language::En, Language::It].map(|l| l.text().date(end));
    // The last day belongs to the term; Microsoft renews on the day after.
    let [next_en, next_it] = [Language::En, Language::It].map(|l| l.text().date(end.tomorrow().unwrap()));
    let table = format!("/services/{name}/subscriptions");
    let [seats, cancel, renewal] = ["seats", "cancel", "renewal"].map(|what| format!("{table}/{id}/{what}"));
    let tasks = async || {
        let tasks = site.operations.tasks(&account, &service).await.unwrap();
        tasks.iter().filter(|t| t.function.word() == "changeRenewal").count()
    };
    let intent = async || site.operations.subscription(&account, &service, id).await.unwrap().intent;

    let (mut alice, mut italian) = (site.alice("en").await, site.signed_in(ITALIAN, "it").await);
    for path in [&table, &seats, &cancel, &renewal] {
        assert!(alice.get(path).await.text.contains(&format!("Renews on {next_en}")), "{path}");
        assert!(italian.get(path).await.text.contains(&format!("Si rinnova il {next_it}")), "{path}");
    }
    let open = alice.get(&cancel).await;
    assert!(open.text.contains("name=\"sure\"") && form(&open).contains(&format!("End with the term ({en})")));

    let mut charlie = site.charlie().await;
    charlie.get("/orders").await;
    assert_eq!(charlie.get(&renewal).await.status, 404);
    assert_eq!(press(&mut charlie, &renewal, "no", &token(form(&open))).await.status, 404);
    assert_eq!(alice.post_bare(&renewal, &[("renews", "no")]).await.status, 403);
    assert_eq!(alice.post(&renewal, &[("renews", "maybe")]).await.status, 400);
    assert_eq!((tasks().await, intent().await), (0, TermEndIntent::Undecided));

    world.advance(SignedDuration::from_hours(169)).await;
    world.quiet().await;
    let (mut alice, mut italian) = (site.alice("en").await, site.signed_in(ITALIAN, "it").await);
    let closed = alice.get(&cancel).await;
    assert!(!closed.text.contains("name=\"sure\"") && closed.text.contains("7-day window is over"));
    assert!(form(&closed).contains(&format!("End with the term ({en})")));
    assert!(form(&italian.get(&cancel).await).contains(&format!("Termina alla fine del periodo ({it})")));
    let once = token(form(&closed));
    let (first, second) =
        (press(&mut alice, &renewal, "no", &once).await, press(&mut alice, &renewal, "no", &once).await);
    assert_eq!((first.status, first.location()), (303, second.location()));
    let after = alice.get(first.location()).await;
    assert!(after.status == 200 && after.text.contains("will end with its term"));
    assert!(italian.get(first.location()).await.text.contains("terminerà alla fine del periodo"));
    world.quiet().await;
    assert_eq!((tasks().await, intent().await), (1, TermEndIntent::Cancel));
    for path in [&table, &seats, &cancel] {
        assert!(alice.get(path).await.text.contains(&format!("Ends on {en}")), "{path}");
        assert!(italian.get(path).await.text.contains(&format!("Termina il {it}")), "{path}");
    }

    // Nobody works from here on: the wish stays on its way.
    world.engine.take().unwrap().stop().await;
    let again = alice.get(&cancel).await;
    assert!(form(&again).contains("Renew again") && !form(&again).contains("End with"));
    let answer = press(&mut alice, &renewal, "yes", &token(form(&again))).await;
    assert!(alice.get(answer.location()).await.text.contains("will renew by itself"));
    for path in [&table, &seats, &cancel] {
        assert!(alice.get(path).await.text.contains(&format!("Being changed: renews on {next_en}")), "{path}");
        assert!(
            italian.get(path).await.text.contains(&format!("Modifica in corso: si rinnova il {next_it}")),
            "{path}"
        );
    }
    assert!(!alice.get(&cancel).await.text.contains("name=\"renews\""));
    assert_eq!(press(&mut alice, &renewal, "no", &"x".repeat(32)).await.status, 409);
    assert_eq!((tasks().await, intent().await), (2, TermEndIntent::Undecided));
}
