//! From a panel's axes to a place on the glass as it hangs.

use serde::{Deserialize, Serialize};

use crate::domain::pointer::Spot;

/// How the panel hangs, clockwise, as `SLINT_KMS_ROTATION` turns the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Rotation {
    /// As it was made.
    #[default]
    Upright,
    /// A quarter turn.
    Quarter,
    /// Upside down.
    Half,
    /// Three quarter turns.
    ThreeQuarters,
}

impl TryFrom<u16> for Rotation {
    type Error = String;

    fn try_from(degrees: u16) -> Result<Self, String> {
        match degrees {
            0 => Ok(Self::Upright),
            90 => Ok(Self::Quarter),
            180 => Ok(Self::Half),
            270 => Ok(Self::ThreeQuarters),
            other => Err(format!(
                "a rotation of {other} degrees: write 0, 90, 180 or 270"
            )),
        }
    }
}

impl From<Rotation> for u16 {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::Upright => 0,
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }
}

/// A calibration: the first two rows of a 3x3 matrix over shares of the panel, as udev's
/// `LIBINPUT_CALIBRATION_MATRIX` is written. It is applied before the rotation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f32; 6]", into = "[f32; 6]")]
pub struct Calibration([f32; 6]);

/// A determinant below this makes a line or a point of the panel.
const LEAST_DETERMINANT: f32 = 0.01;
/// No panel is off by more than this many times its own size.
const LARGEST_ENTRY: f32 = 16.0;

impl Default for Calibration {
    fn default() -> Self {
        Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    }
}

impl TryFrom<[f32; 6]> for Calibration {
    type Error = String;

    fn try_from(rows: [f32; 6]) -> Result<Self, String> {
        let [a, b, _, d, e, _] = rows;
        if rows
            .iter()
            .any(|entry| !entry.is_finite() || entry.abs() > LARGEST_ENTRY)
        {
            return Err("a calibration with a number that no panel needs: measure it again".into());
        }
        if (a * e - b * d).abs() < LEAST_DETERMINANT {
            return Err("a calibration that folds the panel onto a line: measure it again".into());
        }
        Ok(Self(rows))
    }
}

impl From<Calibration> for [f32; 6] {
    fn from(calibration: Calibration) -> Self {
        calibration.0
    }
}

/// The range of an axis, as the kernel gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The least value.
    pub min: i32,
    /// The greatest.
    pub max: i32,
}

impl Axis {
    /// An axis; `None` if the device says nothing useful.
    pub fn new(min: i32, max: i32) -> Option<Self> {
        (min < max).then_some(Self { min, max })
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a share of the panel; f32 is finer than any panel"
    )]
    fn share(self, value: i32) -> f32 {
        let value = f64::from(value.clamp(self.min, self.max));
        let (min, max) = (f64::from(self.min), f64::from(self.max));
        ((value - min) / (max - min)) as f32
    }
}

/// Everything between the panel's numbers and the glass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Across the panel as it was made.
    pub x: Axis,
    /// Down it.
    pub y: Axis,
    /// What the panel is off by.
    pub calibration: Calibration,
    /// How it hangs.
    pub rotation: Rotation,
}

impl Geometry {
    /// Where on the glass those numbers are.
    pub fn place(&self, x: i32, y: i32) -> Spot {
        let (u, v) = (self.x.share(x), self.y.share(y));
        let [a, b, c, d, e, f] = self.calibration.0;
        let u_v = Spot::new(a * u + b * v + c, d * u + e * v + f);
        let (u, v) = (u_v.across, u_v.down);
        match self.rotation {
            Rotation::Upright => Spot::new(u, v),
            Rotation::Quarter => Spot::new(v, 1.0 - u),
            Rotation::Half => Spot::new(1.0 - u, 1.0 - v),
            Rotation::ThreeQuarters => Spot::new(1.0 - v, u),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(rotation: Rotation) -> Geometry {
        Geometry {
            x: Axis::new(0, 4000).unwrap(),
            y: Axis::new(100, 1100).unwrap(),
            calibration: Calibration::default(),
            rotation,
        }
    }

    fn near(spot: Spot, across: f32, down: f32) -> bool {
        (spot.across - across).abs() < 0.001 && (spot.down - down).abs() < 0.001
    }

    #[test]
    fn a_finger_is_where_the_picture_is_however_the_panel_hangs() {
        // A quarter from the left and a tenth from the top, as the panel was made.
        let at = |rotation| geometry(rotation).place(1000, 200);
        assert!(near(at(Rotation::Upright), 0.25, 0.1));
        assert!(near(at(Rotation::Quarter), 0.1, 0.75));
        assert!(near(at(Rotation::Half), 0.75, 0.9));
        assert!(near(at(Rotation::ThreeQuarters), 0.9, 0.25));
    }

    #[test]
    fn numbers_beyond_the_axis_are_its_edge() {
        let geometry = geometry(Rotation::Upright);
        assert!(near(geometry.place(i32::MIN, i32::MAX), 0.0, 1.0));
        assert!(near(geometry.place(i32::MAX, i32::MIN), 1.0, 0.0));
    }

    #[test]
    fn a_calibration_moves_and_mirrors() {
        let mirrored = Calibration::try_from([-1.0, 0.0, 1.0, 0.0, 1.0, 0.05]).unwrap();
        let geometry = Geometry {
            calibration: mirrored,
            ..geometry(Rotation::Upright)
        };
        assert!(near(geometry.place(1000, 200), 0.75, 0.15));
    }

    #[test]
    fn a_calibration_that_no_panel_has_is_refused() {
        for rows in [
            [1.0, 0.0, 0.0, 2.0, 0.0, 0.0],
            [f32::NAN, 0.0, 0.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 1e9, 0.0, 1.0, 0.0],
        ] {
            assert!(Calibration::try_from(rows).is_err(), "{rows:?}");
        }
        assert!(serde_json::from_str::<Rotation>("45").is_err());
        assert_eq!(
            serde_json::from_str::<Rotation>("270").unwrap(),
            Rotation::ThreeQuarters
        );
    }
}
