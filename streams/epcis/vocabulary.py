"""Standard vocabularies: the Core Business Vocabulary (CBV 2.0) and the measurement types of the GS1 Web Vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CBV: Final = "https://ref.gs1.org/cbv/"
GS1: Final = "https://gs1.org/voc/"
EPCIS: Final = "https://ref.gs1.org/epcis/"


@dataclass(frozen=True)
class Vocabulary:
    """Short names of one kind, and the namespace in which GS1 spells them as URIs."""

    name: str
    namespace: str
    terms: frozenset[str]

    def short(self, value: str, prefixes: Mapping[str, str]) -> str | None:
        """The short name that a value means; None where it is a vendor's own. Raises ValueError with the reason."""
        if ":" not in value:
            return self._known(value, value)
        prefix, _, rest = value.partition(":")
        full = prefixes[prefix] + rest if prefix in prefixes and not rest.startswith("//") else value
        lowered = full.lower()
        if lowered.startswith(("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")):
            raise ValueError("is a form of EPCIS 1.x; EPCIS 2.0 JSON takes the short name")
        for own in (CBV, GS1, GS1.replace("gs1.org", "www.gs1.org")):
            for namespace in (own, own.replace("https:", "http:")):
                if full.startswith(namespace):
                    return self._known(full.removeprefix(namespace).removeprefix(self._dash), value)
        return None

    @property
    def _dash(self) -> str:
        return self.namespace.removeprefix(CBV).removeprefix(GS1)

    def _known(self, term: str, value: str) -> str:
        if term in self.terms:
            return term
        raise ValueError(
            f"'{value[:60]}' is not a {self.name} of the standard: use one of its names, or a URI of your own"
        )


def terms(words: str) -> frozenset[str]:
    """Words as a set."""
    return frozenset(words.split())


BIZ_STEP: Final = Vocabulary(
    "business step",
    f"{CBV}BizStep-",
    terms(
        "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting"
        " decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting"
        " installing killing loading other packing picking receiving removing repackaging repairing replacing reserving"
        " retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting"
        " unloading unpacking void_shipping"
    ),
)
DISPOSITION: Final = Vocabulary(
    "disposition",
    f"{CBV}Disp-",
    terms(
        "active available completeness_inferred completeness_verified conformant container_closed container_open"
        " damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class"
        " mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other"
        " partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen"
        " unavailable unknown"
    ),
)
TRANSACTION: Final = Vocabulary(
    "business transaction type",
    f"{CBV}BTT-",
    terms("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"),
)
PARTY: Final = Vocabulary("source or destination type", f"{CBV}SDT-", terms("location owning_party possessing_party"))
ERROR_REASON: Final = Vocabulary("error reason", f"{CBV}ER-", terms("did_not_occur incorrect_data"))
COMPONENT: Final = Vocabulary(
    "component",
    f"{CBV}Comp-",
    terms(
        "altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle"
        " spherical_radius x y z"
    ),
)
ALERT: Final = Vocabulary("sensor alert type", GS1, terms("ALARM_CONDITION ERROR_CONDITION"))
MEASUREMENT: Final = Vocabulary(
    "measurement type",
    GS1,
    terms(
        "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance"
        " AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance"
        " Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity"
        " ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency"
        " Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux"
        " LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration"
        " MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure"
        " RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume"
        " Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction"
        " VolumetricFlux Wavenumber"
    ),
)
