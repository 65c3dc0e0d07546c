//! What the terminal says, in English. The screen says the same in the technician's language
//! (`ui/blocks/setup_words.slint`).

use crate::domain::provisioning::{Problem, Step};

/// What a step does.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Read => "read the ticket",
        Step::Signature => "check its signature",
        Step::Find => "find central",
        Step::Check => "check central's name and root",
        Step::Key => "make this kiosk's key",
        Step::Enrol => "get the certificate",
        Step::Write => "write down where this kiosk belongs",
        Step::Contact => "speak with central as this kiosk",
        Step::Sync => "fetch what belongs on this wall",
    }
}

/// What happened, and what the technician does next.
pub fn problem(problem: Problem) -> String {
    let words = match problem {
        Problem::Mistyped { group } => {
            return format!(
                "Group {group} of the code is mistyped. Compare it with your paper and type it again; \
                 this cost no try."
            );
        }
        Problem::NotATicket => {
            "This is no enrolment, or a part of it is missing. Take the file that \
             `dayroom-central enrol create` wrote, or scan the code once more."
        }
        Problem::TooShort => "The code is not complete: it has eight groups of five characters.",
        Problem::Address => {
            "The address is not one. Type the host name or address of central, for instance \
             central.example.org:8443."
        }
        Problem::Signature => {
            "The file was changed on its way, or nobody signed it whom this kiosk knows. Do not use \
             it. Ask the operator for a new one."
        }
        Problem::Unreachable => {
            "Nobody answers at that address. Check the network cable and the address; then ask the \
             operator whether central is up."
        }
        Problem::WrongCentral => {
            "Somebody answers there, but it is not the central of this code. Check the address. If \
             it is right, tell the operator: somebody may stand on the line."
        }
        Problem::Clock => {
            "The clock of this machine is wrong, so no certificate can be judged. Set date and time \
             (`timedatectl set-time`, or in the firmware) and try again. The code is not used up."
        }
        Problem::CodeWrong => {
            "Central does not know this code. Check that it is the newest one. After five wrong \
             tries it is void, and the operator makes a new one."
        }
        Problem::CodeExpired => {
            "The time of this code is over. Ask the operator for a new one: \
             dayroom-central enrol create."
        }
        Problem::CodeVoid => {
            "This code is void: five wrong tries, or the operator took it back. Ask for a new one."
        }
        Problem::CodeUsed => {
            "This code was used already, and a code is good once. If it was not you, tell the \
             operator at once. Ask for a new one."
        }
        Problem::CodeMoved => {
            "The kiosk was moved to another unit after this code was made. Ask for a new one."
        }
        Problem::Retired => {
            "This kiosk is out of service at central. The operator creates a new one with \
             `dayroom-central kiosk create`."
        }
        Problem::Busy => "Central is busy. Wait a minute and try again; the code is not used up.",
        Problem::BadAnswer => {
            "Something answered, but not as central does. Check the address and the port, and \
             whether a web filter stands between."
        }
        Problem::OtherKiosk => {
            "This machine is another kiosk already, and keeps what people wrote there. Retire it \
             first (`dayroom retire`), or ask for a code for the kiosk it is."
        }
        Problem::Disk => {
            "The state folder cannot be written. Check the disk and who owns the folder."
        }
        Problem::Key => {
            "The key of this kiosk cannot be made or does not sign. The line before this one, or \
             the log of the sync process, says why; check what devices.json names as `tpm`."
        }
        Problem::Refused => {
            "Central gave a certificate and then refused it. Ask the operator what \
             `dayroom-central kiosk show` says of this kiosk."
        }
        Problem::Silent => {
            "Nothing came in time. The kiosk is set up and goes on trying; look at \
             `dayroom doctor`."
        }
        Problem::UnderWay => {
            "Another provisioning is under way on this machine. Wait until it ends."
        }
        Problem::NoKiosk => "This machine is no kiosk. Set it up first: `dayroom provision`.",
    };
    words.to_owned()
}
