use dayroom_protocol::{
    ApprovalRule, ConnectionId, Contact, Identity, LANGUAGES, Lane, NoticeBody, NoticeKind,
    ResidentId, UtcMillis,
};
use rand::RngCore;

use super::{DemoFacility, DemoResident, before, words};
use crate::central::Central;
use crate::operator::{NewConnection, Opening, OperatorError, PinDigits, RosterLine};

/// Number, name, language, whether in unit B.
const RESIDENTS: [(&str, &str, &str, bool); 10] = [
    ("10427", "Marcus Vargas", "en", true),
    ("10533", "Tyrell Washington", "en", true),
    ("10618", "Luis Alberto Hernández Quispe", "es", true),
    (
        "10702",
        "Bartholomew Maximilian Featherstonehaugh-Montgomery Papadopoulos-Wolfeschlegelstein",
        "en",
        true,
    ),
    ("10760", "Nguyễn Văn Minh", "vi", true),
    ("10255", "Andre Coleman", "en", false),
    ("10311", "Samuel Whitehorse", "en", false),
    ("10784", "陈桂华", "zh-Hans", true),
    ("10811", "يوسف الحداد", "ar", true),
    ("10829", "Jean-Baptiste Pierre", "ht", true),
];

/// Connections that letters come by.
pub(super) struct Connections {
    pub(super) mother: ConnectionId,
    pub(super) friend: ConnectionId,
    pub(super) attorney_of_tyrell: ConnectionId,
    pub(super) wife_of_luis: ConnectionId,
    pub(super) brother_of_andre: ConnectionId,
    pub(super) mother_of_minh: ConnectionId,
    pub(super) mother_of_chen: ConnectionId,
    pub(super) sister_of_yusuf: ConnectionId,
    pub(super) mother_of_jean: ConnectionId,
}

/// Facility, units, kiosks, policies, roster.
pub(super) fn settle(
    central: &Central,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<DemoFacility, OperatorError> {
    let facility = central.create_facility(
        "Cedar County Detention Center",
        "America/Chicago",
        PinDigits::Six,
        rng,
    )?;
    let unit_a = central.create_unit(facility, "Unit A", rng)?;
    let unit_b = central.create_unit(facility, "Unit B", rng)?;
    for unit in [unit_a, unit_b] {
        let mut policy = central.policy(unit)?;
        policy.consent = words::consent();
        policy.languages = LANGUAGES.map(|language| language.tag.to_owned()).to_vec();
        central.set_policy(unit, &policy)?;
    }
    let kiosk_a = central.create_kiosk(unit_a, "Unit A, wall", rng)?;
    let kiosk_b = central.create_kiosk(unit_b, "Unit B, wall", rng)?;
    let unit_of = |in_b| if in_b { unit_b } else { unit_a };
    let lines = RESIDENTS
        .iter()
        .map(|(number, name, _, in_b)| RosterLine {
            number: (*number).to_owned(),
            name: (*name).to_owned(),
            unit: unit_of(*in_b),
        })
        .collect();
    let outcome = central.apply_roster(facility, lines, before(now, 21, 0), rng)?;
    let residents = outcome
        .arrived
        .iter()
        .zip(RESIDENTS)
        .map(|(arrival, (_, name, language, _))| DemoResident {
            id: arrival.resident,
            number: arrival.number.clone(),
            name: name.to_owned(),
            pin: arrival.pin.digits().to_owned(),
            unit: arrival.unit,
            language: language.to_owned(),
        })
        .collect();
    Ok(DemoFacility {
        facility,
        unit_a,
        unit_b,
        kiosk_a,
        kiosk_b,
        residents,
        sister: ConnectionId(uuid::Uuid::nil()),
        active: Vec::new(),
        reviewers: Vec::new(),
        technician_code: String::new(),
    })
}

/// Requests and connections, in the order they came.
pub(super) fn connect(
    central: &Central,
    demo: &mut DemoFacility,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<Connections, OperatorError> {
    let who = |number: &str| {
        demo.residents
            .iter()
            .find(|resident| resident.number == number)
            .map(|resident| resident.id)
            .ok_or(OperatorError::NotFound("resident"))
    };
    let (marcus, tyrell, luis) = (who("10427")?, who("10533")?, who("10618")?);
    let (minh, andre) = (who("10760")?, who("10255")?);
    let (chen, yusuf, jean) = (who("10784")?, who("10811")?, who("10829")?);
    let mut add = |resident, days, asks: Asks| {
        central.add_connection_request(&asks.of(resident, now), before(now, days, 3), rng)
    };
    let mother = add(
        marcus,
        18,
        Asks::new("Rosa Vargas", "Mother", "Waco, Texas").active(),
    )?;
    let friend = add(
        marcus,
        16,
        Asks::new("Darnell Price", "Friend from work", "Waco, Texas").active(),
    )?;
    let attorney_of_tyrell = add(
        tyrell,
        15,
        Asks::new("Priya Raman", "Attorney", "Austin, Texas")
            .lane(Lane::Attorney)
            .active(),
    )?;
    let wife_of_luis = add(
        luis,
        12,
        Asks::new("María Fernanda Quispe", "Esposa", "San Antonio, Texas").active(),
    )?;
    let brother_of_andre = add(
        andre,
        9,
        Asks::new("Jamal Coleman", "Brother", "Dallas, Texas").active(),
    )?;
    add(
        marcus,
        6,
        Asks::new("Ray Ortiz", "Cousin", "El Paso, Texas")
            .note("Hey primo, it's Ray. Mom gave me your number. Let me know you're okay.")
            .awaiting(),
    )?;
    let sister = add(
        marcus,
        2,
        Asks::new("Elena Vargas", "Sister", "Houston, Texas").note(
            "Marcus, it's Elena. The kids ask about you every day. I moved to Houston in the \
             spring and I want to write to you from here.",
        ),
    )?;
    add(
        marcus,
        1,
        Asks::new("Joan Okafor", "Attorney", "Austin, Texas")
            .lane(Lane::Attorney)
            .resident_alone()
            .note("I have taken over your case from the public defender's office."),
    )?;
    add(
        marcus,
        0,
        Asks::new("D. Whitfield", "Friend", "")
            .unverified()
            .note("remember me from lincoln high?? write back"),
    )?;
    add(
        luis,
        1,
        Asks::new("Padre Ignacio Ruiz", "Sacerdote", "San Antonio, Texas")
            .lane(Lane::Clergy)
            .note("La parroquia reza por usted. Si quiere conversar, aquí estoy."),
    )?;
    add(
        minh,
        1,
        Asks::new("Trần Thị Hương", "Aunt", "Garland, Texas").note("Con ơi, dì Hương đây."),
    )?;
    let mother_of_minh = add(
        minh,
        14,
        Asks::new("Lê Thị Ngọc Ánh", "Mẹ", "Garland, Texas").active(),
    )?;
    let mother_of_chen = add(
        chen,
        14,
        Asks::new("王秀英", "母亲", "Plano, Texas").active(),
    )?;
    let sister_of_yusuf = add(
        yusuf,
        14,
        Asks::new("أمينة الحداد", "أخت", "Houston, Texas").active(),
    )?;
    let mother_of_jean = add(
        jean,
        14,
        Asks::new("Marie-Carmel Pierre", "Manman", "Austin, Texas").active(),
    )?;
    add(
        chen,
        1,
        Asks::new("刘建国", "朋友", "Houston, Texas")
            .note("老陈，我是建国。方便的时候给我回个信。"),
    )?;
    add(
        yusuf,
        1,
        Asks::new("سامي نصار", "صديق", "Dallas, Texas")
            .note("أخي يوسف، أنا سامي من الحي. أود أن أطمئن عليك."),
    )?;
    central.set_contact_mail(mother, "rosa@vargas.example")?;
    central.set_contact_mail(friend, "darnell@price.example")?;
    demo.sister = sister;
    demo.active = vec![mother, friend, wife_of_luis, brother_of_andre];
    Ok(Connections {
        mother,
        friend,
        attorney_of_tyrell,
        wife_of_luis,
        brother_of_andre,
        mother_of_minh,
        mother_of_chen,
        sister_of_yusuf,
        mother_of_jean,
    })
}

/// Somebody outside, and what they ask.
pub(super) struct Asks {
    contact: Contact,
    note: String,
    checked: bool,
    approval: ApprovalRule,
    opening: Opening,
}

impl Asks {
    pub(super) fn new(name: &str, relationship: &str, place: &str) -> Self {
        Self {
            contact: Contact {
                name: name.to_owned(),
                relationship: relationship.to_owned(),
                place: Some(place.to_owned()).filter(|place| !place.is_empty()),
                lane: Lane::Ordinary,
            },
            note: String::new(),
            checked: true,
            approval: ApprovalRule::AfterResident,
            opening: Opening::Request,
        }
    }

    pub(super) fn note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }

    pub(super) fn lane(mut self, lane: Lane) -> Self {
        self.contact.lane = lane;
        self
    }

    fn unverified(mut self) -> Self {
        self.checked = false;
        self
    }

    pub(super) fn resident_alone(mut self) -> Self {
        self.approval = ApprovalRule::ResidentAlone;
        self
    }

    pub(super) fn active(mut self) -> Self {
        self.opening = Opening::Active;
        self
    }

    fn awaiting(mut self) -> Self {
        self.opening = Opening::AwaitFacility;
        self
    }

    pub(super) fn of(self, resident: ResidentId, now: UtcMillis) -> NewConnection {
        NewConnection {
            resident,
            contact: self.contact,
            note: self.note,
            identity: if self.checked {
                Identity::Checked {
                    at: before(now, 1, 0),
                }
            } else {
                Identity::Unchecked
            },
            approval: self.approval,
            opening: self.opening,
        }
    }
}

/// Notices on the wall.
pub(super) fn post(
    central: &Central,
    demo: &DemoFacility,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    for (title, text) in words::notices() {
        let notice = NoticeBody {
            kind: NoticeKind::Notice,
            version: 1,
            must_acknowledge: false,
            order: 0,
            title,
            text,
            from: before(now, 7, 0),
            until: None,
        };
        central.post_notice(demo.facility, &notice, rng)?;
    }
    Ok(())
}
