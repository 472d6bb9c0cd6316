//! The gateway with a clock that moves only when everybody waits.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn turn(family: &'static str, customer: &str, class: Class) -> Turn {
    let customer = (!customer.is_empty()).then(|| customer.to_owned());
    Turn { family, customer, class, is_serial: false }
}

fn user(customer: &str) -> Turn {
    turn("orders", customer, Class::User)
}

fn background(customer: &str) -> Turn {
    turn("orders", customer, Class::Background)
}

fn open(parallel: usize) -> Arc<Gateway> {
    Gateway::new(parallel, &Limits::none())
}

/// Lets a task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

type Names = Arc<Mutex<Vec<String>>>;

/// A caller that enters, writes its name, stays for `stay` and goes.
fn caller(gateway: &Arc<Gateway>, turn: Turn, name: &str, names: &Names, stay: Duration) {
    let (gateway, name, names) = (Arc::clone(gateway), name.to_owned(), Arc::clone(names));
    tokio::spawn(async move {
        let passage = gateway.enter(turn).await;
        let mark = if passage.is_ok() { "" } else { "!" };
        names.lock().expect("lock").push(format!("{mark}{name}"));
        tokio::time::sleep(stay).await;
        drop(passage);
    });
}

fn names(names: &Names) -> Vec<String> {
    names.lock().expect("lock").clone()
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn people_go_first_and_customers_in_turn() {
    let gateway = open(1);
    let first = gateway.enter(user("z")).await.expect("free");
    let seen = Names::default();
    for (turn, name) in [
        (background("a"), "a1"),
        (background("a"), "a2"),
        (background("b"), "b1"),
        (user("c"), "c1"),
        (user("c"), "c2"),
        (user("d"), "d1"),
    ] {
        caller(&gateway, turn, name, &seen, SECOND);
    }
    settle().await;
    assert!(names(&seen).is_empty(), "the only place is taken");
    drop(first);
    tokio::time::sleep(SECOND * 10).await;
    assert_eq!(names(&seen), ["c1", "d1", "c2", "a1", "b1", "a2"]);
}

#[tokio::test(start_paused = true)]
async fn one_place_is_kept_for_people() {
    let gateway = open(3);
    let seen = Names::default();
    for at in 0..4 {
        caller(&gateway, background("a"), &format!("b{at}"), &seen, SECOND * 60);
    }
    settle().await;
    assert_eq!(names(&seen), ["b0", "b1"]);
    caller(&gateway, user("a"), "u", &seen, SECOND);
    settle().await;
    assert_eq!(names(&seen), ["b0", "b1", "u"]);
}

#[tokio::test(start_paused = true)]
async fn no_minute_sees_more_than_the_limit() {
    let limits = Limits {
        per_partner: Some(60),
        per_customer: None,
        queue: 1000,
        longest_wait: SECOND * 3600,
        ..Limits::none()
    };
    let gateway = Gateway::new(32, &limits);
    let began = Instant::now();
    let times = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..200 {
        let (gateway, times) = (Arc::clone(&gateway), Arc::clone(&times));
        tokio::spawn(async move {
            drop(gateway.enter(user("")).await.expect("turn"));
            times.lock().expect("lock").push(began.elapsed());
        });
    }
    tokio::time::sleep(SECOND * 600).await;
    let times = times.lock().expect("lock").clone();
    assert_eq!(times.len(), 200, "everybody went");
    for (at, start) in times.iter().enumerate() {
        let within = times[at..].iter().take_while(|time| **time < *start + SECOND * 60).count();
        assert!(within <= 60, "{within} calls in the minute after {start:?}");
    }
    let last = times[199];
    assert!(last > SECOND * 300 && last < SECOND * 400, "thirty at once, then one every two seconds: {last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_is_out_of_tokens_holds_nobody_else_up() {
    let limits =
        Limits { per_partner: None, per_customer: Some(4), queue: 100, longest_wait: SECOND * 3600, ..Limits::none() };
    let gateway = Gateway::new(4, &limits);
    let seen = Names::default();
    for at in 0..4 {
        caller(&gateway, user("busy"), &format!("busy{at}"), &seen, Duration::ZERO);
    }
    caller(&gateway, user("quiet"), "quiet", &seen, Duration::ZERO);
    caller(&gateway, turn("subscriptions", "busy", Class::User), "else", &seen, Duration::ZERO);
    caller(&gateway, background("third"), "behind", &seen, Duration::ZERO);
    settle().await;
    let now = names(&seen);
    assert_eq!(now.len(), 5, "{now:?}");
    for name in ["busy0", "busy1", "quiet", "else", "behind"] {
        assert!(now.contains(&name.to_owned()), "{name} in {now:?}");
    }
    tokio::time::sleep(SECOND * 61).await;
    assert_eq!(names(&seen).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn trap_37_a_429_closes_its_family_only_and_halves_the_calls() {
    let gateway = open(4);
    let passage = gateway.enter(user("a")).await.expect("free");
    assert_eq!(gateway.throttled(&passage, SECOND * 30), SECOND * 30);
    drop(passage);
    let refused = gateway.enter(user("b")).await.expect_err("closed");
    assert!(matches!(refused, Error::Throttled { retry_after, sent: false } if retry_after == SECOND * 30));
    let customers = || turn("customers", "", Class::User);
    let _first = gateway.enter(customers()).await.expect("another family");
    let _second = gateway.enter(customers()).await.expect("another family");
    let third = tokio::time::timeout(SECOND, gateway.enter(customers())).await;
    assert!(third.is_err(), "only two of four places are left");
    tokio::time::sleep(SECOND * 30).await;
    drop((_first, _second));
    gateway.enter(user("b")).await.expect("open again");
}

#[tokio::test(start_paused = true)]
async fn the_second_429_in_a_row_doubles_and_calls_of_one_wave_count_once() {
    let gateway = open(4);
    let one = gateway.enter(user("a")).await.expect("free");
    let two = gateway.enter(user("a")).await.expect("free");
    assert_eq!(gateway.throttled(&one, SECOND * 10), SECOND * 10);
    assert_eq!(gateway.throttled(&two, SECOND * 10), SECOND * 10, "it was under way already");
    drop((one, two));
    tokio::time::sleep(SECOND * 10).await;
    let again = gateway.enter(user("a")).await.expect("open");
    assert_eq!(gateway.throttled(&again, SECOND * 10), SECOND * 20);
    drop(again);
    tokio::time::sleep(SECOND * 20).await;
    let third = gateway.enter(user("a")).await.expect("open");
    assert_eq!(gateway.throttled(&third, SECOND * 10), SECOND * 40);
    drop(third);
    tokio::time::sleep(SECOND * 40).await;
    let good = gateway.enter(user("a")).await.expect("open");
    gateway.answered(&good);
    assert_eq!(gateway.throttled(&good, Duration::ZERO), SHORTEST_WAIT, "forgotten, and never at once");
    drop(good);
    let far = gateway.enter(turn("carts", "", Class::User)).await.expect("open");
    assert_eq!(gateway.throttled(&far, Duration::MAX), LONGEST_WAIT);
}

#[tokio::test(start_paused = true)]
async fn a_429_answers_those_who_wait_in_its_family() {
    let gateway = open(1);
    let passage = gateway.enter(user("a")).await.expect("free");
    let seen = Names::default();
    caller(&gateway, user("b"), "waiting", &seen, SECOND);
    caller(&gateway, turn("customers", "b", Class::User), "other", &seen, SECOND);
    settle().await;
    gateway.throttled(&passage, SECOND * 30);
    settle().await;
    assert_eq!(names(&seen), ["!waiting"]);
    drop(passage);
    settle().await;
    assert_eq!(names(&seen), ["!waiting", "other"]);
}

#[tokio::test(start_paused = true)]
async fn good_answers_open_more_places() {
    let gateway = open(1);
    for _ in 0..GOOD_ANSWERS {
        let passage = gateway.enter(user("a")).await.expect("free");
        gateway.answered(&passage);
    }
    let _one = gateway.enter(user("a")).await.expect("free");
    let _two = gateway.enter(user("a")).await.expect("one more place");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_so_and_waiting_has_an_end() {
    let limits = Limits { queue: 2, longest_wait: SECOND * 5, ..Limits::none() };
    let gateway = Gateway::new(1, &limits);
    let _taken = gateway.enter(user("a")).await.expect("free");
    let seen = Names::default();
    caller(&gateway, user("a"), "one", &seen, SECOND);
    caller(&gateway, user("b"), "two", &seen, SECOND);
    settle().await;
    assert!(matches!(gateway.enter(user("c")).await, Err(Error::QueueFull { waiting: 2 })));
    caller(&gateway, background("c"), "behind", &seen, SECOND);
    settle().await;
    assert!(names(&seen).is_empty(), "the background has a queue of its own");
    tokio::time::sleep(SECOND * 6).await;
    assert_eq!(names(&seen), ["!one", "!two"], "people do not wait for ever");
    let waited = tokio::time::timeout(SECOND, gateway.enter(user("c"))).await;
    assert!(waited.is_err(), "those who went away take no place in the queue");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_its_place_to_the_next() {
    let gateway = open(1);
    let taken = gateway.enter(user("a")).await.expect("free");
    {
        let mut going = std::pin::pin!(gateway.enter(user("b")));
        let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(going.as_mut().poll(cx))).await;
        assert!(poll.is_pending());
        // Let through, but never looked at again.
        drop(taken);
    }
    drop(gateway.enter(user("c")).await.expect("free again"));
    let state = gateway.state();
    assert_eq!((state.running, state.people.lanes.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_takes_one_call_of_a_customer_at_a_time() {
    let gateway = open(8);
    let most = Arc::new(AtomicUsize::new(0));
    let under_way = Arc::new(AtomicUsize::new(0));
    let seen = Names::default();
    for at in 0..6 {
        let (gateway, most, under_way) = (Arc::clone(&gateway), Arc::clone(&most), Arc::clone(&under_way));
        let turn = Turn { is_serial: true, ..background("a") };
        tokio::spawn(async move {
            let _passage = gateway.enter(turn).await.expect("turn");
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(SECOND * (at + 1)).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
        });
    }
    settle().await;
    caller(&gateway, Turn { is_serial: true, ..background("b") }, "b", &seen, SECOND);
    caller(&gateway, user("a"), "person", &seen, SECOND);
    settle().await;
    assert_eq!(names(&seen), ["b", "person"], "other customers and people go on");
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!((most.load(Ordering::SeqCst), under_way.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn trial_events_have_two_a_minute_whatever_the_limits() {
    let gateway = open(4);
    let began = Instant::now();
    let mut waited = Vec::new();
    for _ in 0..3 {
        drop(gateway.enter(turn(WEBHOOK_TRIALS, "", Class::Background)).await.expect("turn"));
        waited.push(began.elapsed());
    }
    assert!(waited[1] < SECOND && waited[2] >= SECOND * 60, "{waited:?}");
}
