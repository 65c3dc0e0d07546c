use dayroom_protocol::{ConnectionId, MessageId, Role, UtcMillis};
use rand::RngCore;

use super::before;
use super::marcus::REVIEWERS;
use super::people::Connections;
use super::pictures::{self, Form};
use crate::central::Central;
use crate::operator::{NewAttachment, NewMessage, OperatorError, Reason, Rejection};

/// Writes what has come in over the last days, oldest first.
pub(super) fn write(
    central: &Central,
    by: &Connections,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let mut post = |connection, days, hours, text: &str, pictures: Vec<NewAttachment>| {
        send(
            central,
            connection,
            before(now, days, hours),
            text,
            pictures,
            rng,
        )
    };
    post(
        by.attorney_of_tyrell,
        13,
        2,
        "Mr. Washington, your hearing is set for the 14th at 9 in the morning. I will come by \
         the Monday before. Please write down any questions until then.",
        vec![],
    )?;
    post(
        by.mother,
        11,
        5,
        "Mijo, I finally have this working. Your aunt helped me with the computer. The house is \
         quiet without you. I water your tomatoes every evening.",
        vec![],
    )?;
    post(
        by.wife_of_luis,
        10,
        1,
        "Mi amor, los niños empezaron la escuela. Camila ya lee sola y quiere escribirte una \
         carta. Te mando una foto del primer día.",
        vec![pictures::picture("primer-dia.jpg", Form::Meadow)?],
    )?;
    post(
        by.friend,
        8,
        9,
        "Boss says your job is here when you get out. He said to tell you that in writing, so \
         here it is in writing. We took the new truck out to the lake on Sunday.",
        vec![pictures::picture("lake.jpg", Form::Lake)?],
    )?;
    post(
        by.mother,
        5,
        4,
        "Look how big they are now! I will make salsa with the first ones and freeze some for \
         you. The second picture is Duke, he sleeps on your bed.",
        vec![
            pictures::picture("tomatoes.png", Form::Tomatoes)?,
            pictures::picture("duke.webp", Form::Dog)?,
        ],
    )?;
    let rejected = post(
        by.friend,
        4,
        6,
        "Here is a copy of that card you asked about.",
        vec![pictures::picture("card.png", Form::Card)?],
    )?;
    post(
        by.brother_of_andre,
        3,
        3,
        "Dre, Mom's birthday went well. Everybody asked for you. Call when you can.",
        vec![],
    )?;
    let held = post(
        by.mother,
        2,
        2,
        "Your cousin sent me this article about the new law, I copied all of it for you below.",
        vec![pictures::picture("article.png", Form::Page)?],
    )?;
    post(
        by.wife_of_luis,
        1,
        7,
        "Hablé con la abogada. Dice que la audiencia sigue en pie para el viernes. Te esperamos.",
        vec![],
    )?;
    post(
        by.mother,
        0,
        6,
        "Good morning mijo. It rained all night and the garden smells wonderful. I love you.",
        vec![pictures::picture("garden.jpg", Form::Meadow)?],
    )?;
    for (connection, text) in [
        (
            by.mother_of_minh,
            "Con ơi, mẹ vẫn khỏe. Vườn nhà mình năm nay nhiều xoài lắm. Con nhớ giữ gìn sức khỏe \
             nhé. ❤️",
        ),
        (
            by.mother_of_chen,
            "孩子，家里都好。你爸爸的腿好多了，每天早上去公园散步。天冷了，多穿点衣服，有空就写信。❤️",
        ),
        (
            by.sister_of_yusuf,
            "أخي العزيز، نحن جميعًا بخير. الأولاد يسألون عنك كل يوم. اكتب إلينا عندما تستطيع. ❤️",
        ),
        (
            by.mother_of_jean,
            "Pitit mwen, nou tout byen. Ti frè w la kòmanse lekòl. M ap priye pou ou chak jou. ❤️",
        ),
    ] {
        post(connection, 1, 4, text, vec![])?;
    }
    central.hold(held, before(now, 2, 1))?;
    if let Ok(reason) = Reason::new(
        "The picture shows another person's identification card. The sender was told and can \
         write again without it.",
    ) {
        let rejection = Rejection {
            rule: "M-7".to_owned(),
            reason,
            role: Role::MailRoom,
            reviewer: REVIEWERS[1].to_owned(),
        };
        central.reject_reviewed(rejected, &rejection, before(now, 3, 20))?;
    }
    Ok(())
}

pub(super) fn send(
    central: &Central,
    connection: ConnectionId,
    at: UtcMillis,
    text: &str,
    attachments: Vec<NewAttachment>,
    rng: &mut dyn RngCore,
) -> Result<MessageId, OperatorError> {
    let new = NewMessage {
        connection,
        text: text.to_owned(),
        attachments,
        source: None,
    };
    central.take_message(&new, at, rng)
}
