//! What everybody may read: the handbook, and the help that is on the wall without signing in.

use uuid::Uuid;

use super::{LocalText, Made, ago, days, local, repeat};
use crate::domain::{Notice, NoticeId, NoticeKind};
use crate::store::ChangeBody;

/// One page.
struct Page {
    kind: NoticeKind,
    must_acknowledge: bool,
    title: LocalText,
    text: LocalText,
}

impl Page {
    fn of(kind: NoticeKind, title: LocalText, text: LocalText) -> Self {
        Self {
            kind,
            must_acknowledge: false,
            title,
            text,
        }
    }
}

impl Made {
    /// All of them; the first has to be acknowledged.
    pub(super) fn pages(&mut self, long: bool) {
        for (n, page) in all().into_iter().enumerate() {
            let n = u32::try_from(n).unwrap_or(0);
            let id = NoticeId(Uuid::from_u128(0x0d_1000 + u128::from(n)));
            let notice = Notice {
                kind: page.kind,
                version: 1,
                must_acknowledge: page.must_acknowledge,
                order: n,
                id,
                title: page.title,
                text: if long {
                    repeat(&page.text, 6)
                } else {
                    page.text
                },
                from: ago(days(40)),
                until: None,
            };
            self.put(id.0, None, ChangeBody::Notice(notice));
        }
    }
}

fn all() -> Vec<Page> {
    let visits = Page {
        must_acknowledge: true,
        ..Page::of(
            NoticeKind::Handbook,
            local("Visits and how to ask for one", "Visitas y cómo pedirlas"),
            local(
                "Everybody who visits has to be on your list. Ask your unit officer for the form.\n\n\
                 A visit can be ended when a rule is broken. You are told which one.",
                "Quien visita tiene que estar en su lista. Pida el formulario al oficial de su \
                 unidad.\n\nUna visita puede terminar si se rompe una regla. Se le dice cuál.",
            ),
        )
    };
    vec![
        visits,
        Page::of(
            NoticeKind::Handbook,
            local("Property you may keep", "Lo que puede tener"),
            local(
                "Ten books, letters and photos, one radio without a transmitter.",
                "Diez libros, cartas y fotos, una radio sin transmisor.",
            ),
        ),
        Page::of(
            NoticeKind::Hotline,
            local("Crisis line", "Línea de crisis"),
            local(
                "Dial #88 on any telephone of your unit, day and night. It costs nothing and nobody \
                 listens in.",
                "Marque #88 en cualquier teléfono de su unidad, de día y de noche. No cuesta nada y \
                 nadie escucha.",
            ),
        ),
        Page::of(
            NoticeKind::Rights,
            local("If a decision is wrong", "Si una decisión está mal"),
            local(
                "You can ask for it to be looked at again within 15 days. The form is in the law \
                 library. Nobody may punish you for it.",
                "Puede pedir que se revise en 15 días. El formulario está en la biblioteca legal. \
                 Nadie puede castigarle por eso.",
            ),
        ),
        Page::of(
            NoticeKind::Prea,
            local(
                "You have the right to be safe",
                "Tiene derecho a estar a salvo",
            ),
            local(
                "Nobody may touch you sexually or threaten to, neither staff nor other people here. \
                 It is never your fault.",
                "Nadie puede tocarle sexualmente ni amenazarle con eso, ni el personal ni otras \
                 personas. Nunca es su culpa.",
            ),
        ),
        Page::of(
            NoticeKind::Reporting,
            local(
                "Telling somebody outside this facility",
                "Decírselo a alguien de fuera",
            ),
            local(
                "Dial #77. The people there do not work for this facility. You do not have to give \
                 your name.",
                "Marque #77. Quienes contestan no trabajan para este centro. No tiene que dar su \
                 nombre.",
            ),
        ),
    ]
}
