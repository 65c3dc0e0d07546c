//! Pages that everybody may read: handbook, numbers to call, rights, and how to report.

use std::collections::BTreeMap;

use dayroom_protocol::{LocalText, NoticeBody, NoticeKind, UtcMillis};
use rand::RngCore;

use super::{DemoFacility, before};
use crate::central::Central;
use crate::operator::OperatorError;

/// A text by language; a language more is a line more.
type Words = &'static [(&'static str, &'static str)];

struct Page {
    kind: NoticeKind,
    must_acknowledge: bool,
    title: Words,
    text: Words,
}

const PAGES: [Page; 11] = [
    Page {
        kind: NoticeKind::Handbook,
        must_acknowledge: true,
        title: &[("en", "Visits"), ("es", "Visitas")],
        text: &[
            (
                "en",
                "Visits are on Saturday and Sunday, from 9 in the morning to 3 in the afternoon.\n\n\
                 Three adults and any children may come at a time. Adults bring a picture ID. \
                 Nobody may bring phones, bags or food.\n\n\
                 A visit is cancelled only for a reason that is told to you in writing. If yours \
                 was cancelled, you can ask for another one at the officer's desk.",
            ),
            (
                "es",
                "Las visitas son los sábados y domingos, de 9 de la mañana a 3 de la tarde.\n\n\
                 Pueden venir tres adultos a la vez, y los niños que quieran. Los adultos traen \
                 una identificación con foto. Nadie puede traer teléfonos, bolsas ni comida.\n\n\
                 Una visita solo se cancela por un motivo que se le dice por escrito. Si \
                 cancelaron la suya, puede pedir otra en el escritorio del oficial.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Handbook,
        must_acknowledge: true,
        title: &[
            ("en", "Messages and this screen"),
            ("es", "Los mensajes y esta pantalla"),
        ],
        text: &[
            (
                "en",
                "A message costs 25 cents. The price is shown before you send, and comes back to \
                 you if the message is not allowed.\n\n\
                 Staff read messages before they go out and decide within 3 days. Staff do not \
                 read messages with your attorney or your clergy.\n\n\
                 If a message is not allowed, you are told which rule it breaks. You can ask for \
                 another person to look at it.\n\n\
                 Keep your PIN to yourself. Nobody who works here will ask you for it.",
            ),
            (
                "es",
                "Un mensaje cuesta 25 centavos. El precio se muestra antes de enviar y se le \
                 devuelve si el mensaje no se permite.\n\n\
                 El personal lee los mensajes antes de que salgan y decide en un plazo de 3 días. \
                 El personal no lee los mensajes con su abogado o su religioso.\n\n\
                 Si un mensaje no se permite, se le dice qué regla incumple. Puede pedir que otra \
                 persona lo revise.\n\n\
                 No le dé su PIN a nadie. Nadie que trabaje aquí se lo pedirá.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "Talk to somebody now"),
            ("es", "Hable con alguien ahora"),
        ],
        text: &[
            (
                "en",
                "If you cannot go on, or think of hurting yourself: dial #88 from any phone in \
                 the unit, day and night. It is free. Or tell any person who works here.",
            ),
            (
                "es",
                "Si ya no puede más o piensa en hacerse daño: marque #88 desde cualquier teléfono \
                 de la unidad, de día y de noche. Es gratis. O dígaselo a cualquier persona que \
                 trabaje aquí.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "Support after sexual abuse"),
            ("es", "Apoyo después de un abuso sexual"),
        ],
        text: &[
            (
                "en",
                "Counselors from outside this facility listen and help: dial #78. The call is \
                 free, is not recorded and is not listened to.",
            ),
            (
                "es",
                "Consejeros de fuera de este centro le escuchan y ayudan: marque #78. La llamada \
                 es gratis, no se graba y nadie la escucha.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[("en", "Legal aid"), ("es", "Ayuda legal")],
        text: &[
            (
                "en",
                "Dial #55, Monday to Friday, 9 to 5. Calls to legal aid are free and private.",
            ),
            (
                "es",
                "Marque #55, de lunes a viernes, de 9 a 5. Las llamadas a la ayuda legal son \
                 gratis y privadas.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "The ombuds office"),
            ("es", "La defensoría del residente"),
        ],
        text: &[
            (
                "en",
                "The ombuds office is not part of this facility and looks into complaints. Dial \
                 #22. The call is free.",
            ),
            (
                "es",
                "La defensoría no es parte de este centro e investiga las quejas. Marque #22. La \
                 llamada es gratis.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Rights,
        must_acknowledge: false,
        title: &[("en", "What you have a right to"), ("es", "Sus derechos")],
        text: &[
            (
                "en",
                "You have a right to medical care, to food that suits your health and your faith, \
                 to practice your religion, to see your attorney in private, and to be treated \
                 the same whatever your race, religion, language, gender or disability.\n\n\
                 If you need help to read, hear, see, move or understand, ask any person who \
                 works here. The help is free.",
            ),
            (
                "es",
                "Tiene derecho a atención médica, a comida adecuada para su salud y su fe, a \
                 practicar su religión, a ver a su abogado en privado y a que le traten igual sea \
                 cual sea su raza, religión, idioma, género o discapacidad.\n\n\
                 Si necesita ayuda para leer, oír, ver, moverse o entender, pídala a cualquier \
                 persona que trabaje aquí. La ayuda es gratis.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Rights,
        must_acknowledge: false,
        title: &[
            ("en", "How to make a complaint"),
            ("es", "Cómo presentar una queja"),
        ],
        text: &[
            (
                "en",
                "Take a grievance form from the box by the door, or ask for one. Put it into the \
                 locked box; the people it is about do not open it. You get an answer in writing \
                 within 15 days, and you can appeal it. Nobody may punish you for a complaint.",
            ),
            (
                "es",
                "Tome un formulario de queja de la caja junto a la puerta o pida uno. Póngalo en \
                 la caja cerrada; no la abren las personas de quienes se queja. Recibe una \
                 respuesta por escrito en 15 días y puede apelarla. Nadie puede castigarle por \
                 una queja.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Prea,
        must_acknowledge: false,
        title: &[
            ("en", "You have a right to be safe"),
            ("es", "Tiene derecho a estar a salvo"),
        ],
        text: &[
            (
                "en",
                "Nobody here may sexually abuse or harass you: no resident, nobody who works \
                 here, no visitor. It is never allowed, and it is never your fault.\n\n\
                 You can report it at any time, also if it was long ago: tell any person who works \
                 here, write a note, have family or a friend report it, or report to somebody \
                 outside. You do not have to give your name.\n\n\
                 Every report is looked into. Nobody may punish you for reporting. You get \
                 medical care and support, free, whether or not you name anybody.",
            ),
            (
                "es",
                "Nadie aquí puede abusar de usted ni acosarle sexualmente: ningún residente, \
                 nadie que trabaje aquí, ningún visitante. Nunca está permitido y nunca es culpa \
                 suya.\n\n\
                 Puede denunciarlo en cualquier momento, también si pasó hace mucho: dígaselo a \
                 cualquier persona que trabaje aquí, escriba una nota, haga que lo denuncie su \
                 familia o un amigo, o denúncielo a alguien de fuera. No tiene que dar su \
                 nombre.\n\n\
                 Cada denuncia se investiga. Nadie puede castigarle por denunciar. Recibe \
                 atención médica y apoyo gratis, nombre o no a alguien.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Prea,
        must_acknowledge: false,
        title: &[
            ("en", "If it happened to you"),
            ("es", "Si le ha pasado a usted"),
        ],
        text: &[
            (
                "en",
                "Go to a safe place and tell somebody you trust. If it just happened, try not to \
                 wash, change clothes, eat, drink or use the toilet before a nurse has seen you. \
                 You may have somebody from a support group with you.",
            ),
            (
                "es",
                "Vaya a un lugar seguro y dígaselo a alguien de confianza. Si acaba de pasar, \
                 procure no lavarse, cambiarse de ropa, comer, beber ni ir al baño antes de que \
                 le vea una enfermera. Puede acompañarle alguien de un grupo de apoyo.",
            ),
        ],
    },
    // 28 CFR 115.51: at least one way to report to an office that is not part of the agency,
    // privately, and without a name on request.
    Page {
        kind: NoticeKind::Reporting,
        must_acknowledge: false,
        title: &[
            ("en", "Report to somebody outside"),
            ("es", "Denunciar a alguien de fuera"),
        ],
        text: &[
            (
                "en",
                "The State Inspector's office is not part of this facility or of the county.\n\n\
                 Phone: dial #77 from any phone in the unit. It is free, needs no PIN and is not \
                 recorded.\n\n\
                 Mail: State Inspector, Box 115, Capital City. Mark it \"legal mail\"; it is not \
                 opened here and needs no stamp.\n\n\
                 You do not have to give your name. Opening this page leaves no trace.",
            ),
            (
                "es",
                "La oficina del Inspector del Estado no es parte de este centro ni del \
                 condado.\n\n\
                 Teléfono: marque #77 desde cualquier teléfono de la unidad. Es gratis, no \
                 necesita PIN y no se graba.\n\n\
                 Correo: State Inspector, Box 115, Capital City. Escriba \"legal mail\"; aquí no \
                 se abre y no necesita sello.\n\n\
                 No tiene que dar su nombre. Abrir esta página no deja rastro.",
            ),
        ],
    },
];

/// News that come up while the demo runs.
const NEWS: [(Words, Words); 2] = [
    (
        &[("en", "Laundry"), ("es", "Lavandería")],
        &[
            (
                "en",
                "Laundry is picked up on Wednesday this week instead of Tuesday.",
            ),
            (
                "es",
                "Esta semana la ropa se recoge el miércoles en lugar del martes.",
            ),
        ],
    ),
    (
        &[("en", "Hot water"), ("es", "Agua caliente")],
        &[
            (
                "en",
                "The hot water is off on Thursday from 1 to 3 in the afternoon for repairs.",
            ),
            (
                "es",
                "El jueves de 1 a 3 de la tarde no hay agua caliente por reparaciones.",
            ),
        ],
    ),
];

/// Puts up every page, in its order among its kind.
pub(super) fn put_up(
    central: &Central,
    demo: &DemoFacility,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let mut places = BTreeMap::new();
    for page in &PAGES {
        let place = places.entry(page.kind).or_insert(0_u32);
        *place += 1;
        let notice = NoticeBody {
            kind: page.kind,
            version: 1,
            must_acknowledge: page.must_acknowledge,
            order: *place,
            title: words(page.title),
            text: words(page.text),
            from: before(now, 14, 0),
            until: None,
        };
        central.post_notice(demo.facility, &notice, rng)?;
    }
    Ok(())
}

/// Puts up the `n`th piece of news for a week.
pub(super) fn news(
    central: &Central,
    demo: &DemoFacility,
    n: usize,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let Some((title, text)) = NEWS.get(n % NEWS.len()) else {
        return Ok(());
    };
    let notice = NoticeBody {
        kind: NoticeKind::Notice,
        version: 1,
        must_acknowledge: false,
        order: 0,
        title: words(title),
        text: words(text),
        from: now,
        until: Some(before(now, -7, 0)),
    };
    central.post_notice(demo.facility, &notice, rng)?;
    Ok(())
}

pub(super) fn words(words: Words) -> LocalText {
    let own = |(tag, text): &(&str, &str)| ((*tag).to_owned(), (*text).to_owned());
    LocalText(words.iter().map(own).collect())
}
