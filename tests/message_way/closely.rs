//! Photos, cards, mail and documents looked at closely.

use dayroom::domain::{AttachmentKind, Direction, Message, MessageState};

use super::stage::*;
use super::terminal::*;

fn place_of_picture(stage: &Stage) -> [f32; 4] {
    stage.view.place_of_whole_picture().unwrap()
}

fn letter_of(stage: &mut Stage) {
    let mut message = message(1, Direction::Incoming, MessageState::Delivered);
    message.attachments = vec![
        stage.attach(1, AttachmentKind::Photo, (1200, 900)),
        stage.attach(2, AttachmentKind::Photo, (900, 1200)),
        stage.attach(3, AttachmentKind::Card, (1000, 700)),
        stage.attach(4, AttachmentKind::MailPage, (1700, 2200)),
        stage.attach(5, AttachmentKind::MailPage, (1700, 2200)),
        stage.attach(6, AttachmentKind::MailPage, (1700, 2200)),
        stage.attach(7, AttachmentKind::DocumentPage, (1700, 2200)),
    ];
    stage.put(vec![message]);
}

#[test]
fn every_picture_card_and_page_is_reached_by_taps_and_says_which_it_is() {
    for (panel, name) in [(LANDSCAPE, "wide"), (PORTRAIT, "upright"), (SMALL, "small")] {
        let mut stage = Stage::new(panel);
        letter_of(&mut stage);
        stage.open(letter(1));
        stage.picture(&format!("open_pictures_{name}"));
        stage
            .terminal
            .send(Event::Messages(MessagesTap::OpenPhoto { index: 0, of: 7 }));
        stage.draw();
        for (at, title) in [
            "Picture 1 of 2",
            "Picture 2 of 2",
            "Card",
            "Mail, page 1 of 3",
            "Mail, page 2 of 3",
            "Mail, page 3 of 3",
            "Document",
        ]
        .into_iter()
        .enumerate()
        {
            assert!(
                stage.labels().iter().any(|label| label == title),
                "{title}: {:?}",
                stage.labels()
            );
            stage.picture(&format!("viewer_{name}_{at}"));
            if at < 6 {
                stage.tap("Next");
            }
        }
        assert!(
            !stage.view.tap(|label| label.starts_with("Next"), 0),
            "there is no next"
        );
        stage.tap("Previous page");
        stage.tap("Close");
        assert!(stage.control("Answer").is_some(), "back at the message");
    }
}

#[test]
fn a_page_is_enlarged_step_by_step_sharper_each_time_and_moved_within_its_frame() {
    let mut stage = Stage::new(LANDSCAPE);
    letter_of(&mut stage);
    stage.open(letter(1));
    stage
        .terminal
        .send(Event::Messages(MessagesTap::OpenPhoto { index: 3, of: 7 }));
    stage.draw();
    let whole = place_of_picture(&stage);
    let held = stage.view.pictures().bytes();
    assert!(
        !stage.view.tap(|label| label == "Smaller", 0),
        "it is whole"
    );
    assert!(!stage.view.tap(|label| label == "Look further down", 0));
    for times in [1.5, 2.0, 3.0, 4.0] {
        stage.tap("Larger");
        let larger = place_of_picture(&stage);
        assert!(
            (larger[3] / whole[3] - times).abs() < 0.02,
            "{times}: {larger:?}"
        );
    }
    assert!(
        stage.view.pictures().bytes() > held,
        "decoded again, larger"
    );
    assert!(stage.view.pictures().bytes() <= 48 * 1024 * 1024);
    assert!(
        !stage.view.tap(|label| label == "Larger", 0),
        "as large as it gets"
    );
    stage.picture("viewer_enlarged");

    let (mut moves, mut last) = (0, place_of_picture(&stage)[1]);
    while stage.view.tap(|label| label == "Look further down", 0) {
        stage.draw();
        let now = place_of_picture(&stage)[1];
        assert!(now < last);
        (moves, last) = (moves + 1, now);
        assert!(moves < 30);
    }
    assert!(moves >= 3);
    let lowest = place_of_picture(&stage);
    let ends = lowest[1] + lowest[3];
    assert!(
        (650.0..720.0).contains(&ends),
        "the foot of the page is in the frame: {ends}"
    );
    stage.picture("viewer_lowest");
    stage.tap("Show all of it");
    assert_eq!(place_of_picture(&stage), whole);

    stage.tap("Larger");
    stage.tap("Next page");
    assert_eq!(
        place_of_picture(&stage),
        whole,
        "another page is shown whole"
    );
}

#[test]
fn a_finger_drags_an_enlarged_picture_and_cannot_drag_it_away() {
    let mut stage = Stage::new(LANDSCAPE);
    letter_of(&mut stage);
    stage.open(letter(1));
    stage
        .terminal
        .send(Event::Messages(MessagesTap::OpenPhoto { index: 3, of: 7 }));
    stage.draw();
    for _ in 0..4 {
        stage.tap("Larger");
    }
    let before = place_of_picture(&stage);
    stage.view.drag((640.0, 400.0), (700.0, 330.0));
    stage.draw();
    let after = place_of_picture(&stage);
    assert!(
        (after[0] - before[0] - 60.0).abs() < 2.0,
        "{before:?} {after:?}"
    );
    assert!(
        (after[1] - before[1] + 70.0).abs() < 2.0,
        "{before:?} {after:?}"
    );
    for _ in 0..40 {
        stage.view.drag((300.0, 150.0), (1200.0, 690.0));
    }
    stage.draw();
    let corner = place_of_picture(&stage);
    assert!(corner[0] > 0.0 && corner[0] < 80.0, "{corner:?}");
    assert!(corner[1] > 80.0 && corner[1] < 160.0, "{corner:?}");
}

#[test]
fn a_picture_that_is_no_picture_or_too_large_says_so_and_the_message_stays_readable() {
    let mut stage = Stage::new(LANDSCAPE);
    let mut huge = Vec::new();
    image::DynamicImage::new_luma8(5000, 20)
        .write_to(
            &mut std::io::Cursor::new(&mut huge),
            image::ImageFormat::Png,
        )
        .unwrap();
    let mut letter_one: Message = message(1, Direction::Incoming, MessageState::Delivered);
    letter_one.attachments = vec![
        stage.attach_bytes(1, AttachmentKind::Photo, (4000, 20), huge),
        stage.attach_bytes(2, AttachmentKind::Photo, (40, 20), b"hello".to_vec()),
        stage.attach(3, AttachmentKind::Photo, (400, 300)),
    ];
    stage.put(vec![letter_one]);
    stage.open(letter(1));
    assert!(stage.sees("The kids started school."));
    assert!(stage.sees("Too large to be opened here"));
    assert!(stage.sees("This picture could not be shown"));
    stage.picture("open_bombs");
    stage
        .terminal
        .send(Event::Messages(MessagesTap::OpenPhoto { index: 0, of: 3 }));
    stage.draw();
    assert!(stage.sees("This picture is too large to be opened safely here."));
    stage.picture("viewer_too_large");
    stage.tap("Next picture");
    assert!(stage.sees("This picture could not be shown. The message itself can be read."));
    stage.tap("Next picture");
    assert!(!stage.sees("could not be shown"));
}
