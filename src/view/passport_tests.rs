use super::*;

#[test]
fn money_is_written_as_people_here_write_it() {
    assert_eq!(money(Cents(0)), "0¢");
    assert_eq!(money(Cents(25)), "25¢");
    assert_eq!(money(Cents(100)), "$1.00");
    assert_eq!(money(Cents(1205)), "$12.05");
}

#[test]
fn every_refusal_has_a_word_of_its_own_or_a_plain_one() {
    assert_eq!(not_taken(Refusal::NoFunds), ui::NotTaken::NoFunds);
    assert_eq!(not_taken(Refusal::Withdrawn), ui::NotTaken::NotActive);
    assert_eq!(
        not_taken(Refusal::AlreadyAnswered),
        ui::NotTaken::AlreadyDecided
    );
}
