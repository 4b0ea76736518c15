"""FHIR R4 resources for the sample stories. All people are invented; all dates count back from the stories' day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

Json = dict[str, Any]

TODAY = date(2026, 11, 21)
"""The day on which every story happens."""

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
RXNORM, ICD10 = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"

INEFFECTIVE = (SNOMED, "395007004", "Medication stopped - ineffective")
SIDE_EFFECT = (SNOMED, "395009001", "Medication stopped - side effect")
INTRAVENOUS = (SNOMED, "47625008", "Intravenous route")
NASAL = (SNOMED, "46713006", "Nasal route")
SUBLINGUAL = (SNOMED, "37839007", "Sublingual route")
NO = (SNOMED, "373067005", "No")
SCREENS = {
    "psychosis": ("69322001", "Psychotic disorder"),
    "cardiovascular": ("49601007", "Disorder of cardiovascular system"),
    "liver": ("235856003", "Disorder of liver"),
    "substance": ("66214007", "Substance abuse"),
}


def ago(days: int) -> str:
    """Return the date so many days before the stories' day."""
    return (TODAY - timedelta(days=days)).isoformat()


def concept(system: str, code: str, display: str) -> Json:
    """Make a CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


class Story:
    """One patient's resources, numbered as they are added."""

    def __init__(self, name: str, gender: str, born: str, *, called: tuple[str, str]) -> None:
        """Begin with the person, `called` by an invented given name and family name."""
        given, family = called
        self.patient_id = f"sample-{name}"
        self.resources: list[Json] = []
        self.drafts: list[Json] = []
        self.resources.append(
            {
                "resourceType": "Patient",
                "id": self.patient_id,
                "name": [{"family": family, "given": [given]}],
                "gender": gender,
                "birthDate": born,
            }
        )

    @property
    def subject(self) -> Json:
        """Return the reference to the person."""
        return {"reference": f"Patient/{self.patient_id}"}

    def add(self, resource_type: str, **elements: Any) -> Json:
        """Add a resource of the person."""
        number = sum(r["resourceType"] == resource_type for r in self.resources) + 1
        person = "patient" if resource_type == "AllergyIntolerance" else "subject"
        resource = {
            "resourceType": resource_type,
            "id": f"{resource_type.lower()}-{number}",
            person: self.subject,
            **elements,
        }
        self.resources.append(resource)
        return resource

    def problem(
        self, system: str, code: str, display: str, onset: str, status: str = "active", **elements: Any
    ) -> None:
        """Add a problem-list entry."""
        self.add(
            "Condition",
            clinicalStatus=concept(f"{HL7}condition-clinical", status, status.capitalize()),
            verificationStatus=concept(f"{HL7}condition-ver-status", "confirmed", "Confirmed"),
            category=[concept(f"{HL7}condition-category", "problem-list-item", "Problem List Item")],
            code=concept(system, code, display),
            onsetDateTime=onset,
            **elements,
        )

    def observation(self, system: str, code: str, display: str, days: int, **value: Any) -> None:
        """Add a final observation, so many days old."""
        self.add(
            "Observation", status="final", code=concept(system, code, display), effectiveDateTime=ago(days), **value
        )

    def blood_pressure(self, systolic: int, diastolic: int, days: int) -> None:
        """Add a blood pressure panel."""
        parts = (("8480-6", "Systolic blood pressure", systolic), ("8462-4", "Diastolic blood pressure", diastolic))
        self.observation(
            LOINC,
            "85354-9",
            "Blood pressure panel with all children optional",
            days,
            component=[
                {
                    "code": concept(LOINC, code, display),
                    "valueQuantity": {"value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
                }
                for code, display, value in parts
            ],
        )

    def weight(self, kilograms: float, days: int) -> None:
        """Add a body weight."""
        quantity = {"value": kilograms, "unit": "kg", "system": UCUM, "code": "kg"}
        self.observation(LOINC, "29463-7", "Body weight", days, valueQuantity=quantity)

    def laboratory(self, code: str, display: str, days: int, value: float, unit: str, high: float) -> None:
        """Add a laboratory result with the upper limit of its range."""
        quantity = {"unit": unit, "system": UCUM, "code": unit}
        limits = [{"high": quantity | {"value": high}}]
        self.observation(LOINC, code, display, days, valueQuantity=quantity | {"value": value}, referenceRange=limits)

    def pain(self, score: int, days: int) -> None:
        """Add a pain score, 0 to 10."""
        display = "Pain severity - 0-10 verbal numeric rating [Score] - Reported"
        self.observation(LOINC, "72514-3", display, days, valueInteger=score)

    def scores(self, days: int, *, mood: int = 4, alcohol: int = 1, drugs: int = 0) -> None:
        """Add PHQ-9, AUDIT-C and DAST-10."""
        self.observation(
            LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score", days, valueInteger=mood
        )
        self.observation(LOINC, "75626-2", "Total score [AUDIT-C]", days, valueInteger=alcohol)
        self.observation(LOINC, "82667-7", "Total score [DAST-10]", days, valueInteger=drugs)

    def screens(self, *skip: str) -> None:
        """Add the answer "no" to each health question but those named."""
        for name, (code, display) in SCREENS.items():
            if name not in skip:
                self.observation(SNOMED, code, display, 14, valueCodeableConcept=concept(*NO))

    def no_allergies(self) -> None:
        """Add the statement that no allergy is known."""
        self.add(
            "AllergyIntolerance",
            clinicalStatus=concept(f"{HL7}allergyintolerance-clinical", "active", "Active"),
            verificationStatus=concept(f"{HL7}allergyintolerance-verification", "confirmed", "Confirmed"),
            code=concept(SNOMED, "716186003", "No known allergy (situation)"),
        )

    def medicine(self, code: str, display: str, start: str, **elements: Any) -> Json:
        """Add an active order for a medicine."""
        return self.add(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=concept(RXNORM, code, display),
            authoredOn=start,
            **elements,
        )

    def failed_medicine(
        self,
        code: str,
        display: str,
        start: int,
        end: int,
        dose: int,
        daily: int,
        reason: tuple[str, str, str] = INEFFECTIVE,
    ) -> None:
        """Add a medicine that was stopped: from and to so many days ago, `dose` mg `daily` times."""
        order = self.medicine(
            code,
            display,
            ago(start),
            statusReason=concept(*reason),
            dosageInstruction=[
                {
                    "timing": {
                        "repeat": {
                            "boundsPeriod": {"start": ago(start), "end": ago(end)},
                            "frequency": daily,
                            "period": 1,
                            "periodUnit": "d",
                        }
                    },
                    "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg", "system": UCUM, "code": "mg"}}],
                }
            ],
        )
        order["status"] = "stopped"

    def examined(self, *skip: str, systolic: int = 124, pain: int = 7) -> None:
        """Add what every assessment asks for: blood pressure, pain, health questions (but those named), allergies."""
        self.blood_pressure(systolic, 78, 5)
        self.pain(pain, 5)
        self.screens(*skip)
        self.no_allergies()

    def physical_therapy(self, start: int, end: int) -> None:
        """Add a completed course of physical therapy."""
        self.add(
            "Procedure",
            status="completed",
            code=concept(SNOMED, "91251008", "Physical therapy procedure"),
            performedPeriod={"start": ago(start), "end": ago(end)},
        )

    def everything_tried(self) -> None:
        """Add two failed drug classes and a completed course of physical therapy."""
        self.failed_medicine("310433", "gabapentin 600 MG Oral Tablet", 400, 300, 600, 3)
        self.failed_medicine("596934", "duloxetine 60 MG Delayed Release Oral Capsule", 290, 200, 60, 1)
        self.physical_therapy(380, 290)

    def infusion(self, days: int, milligrams: int) -> None:
        """Add a ketamine infusion that was given so many days ago."""
        self.add(
            "MedicationAdministration",
            status="completed",
            medicationCodeableConcept=concept(RXNORM, "238082", "ketamine 10 MG/ML Injectable Solution"),
            effectiveDateTime=ago(days),
            dosage={
                "route": concept(*INTRAVENOUS),
                "dose": {"value": milligrams, "unit": "mg", "system": UCUM, "code": "mg"},
            },
        )

    def draft(self, medication: Json, route: tuple[str, str, str], dose: float, unit: str, **elements: Any) -> None:
        """Draft an order: what, by which route, how much at once."""
        quantity = {"value": dose, "unit": unit, "system": UCUM, "code": unit}
        timing = elements.pop("timing", None)
        dosage = {"route": concept(*route), "doseAndRate": [{"doseQuantity": quantity}]}
        self.drafts.append(
            {
                "resourceType": "MedicationRequest",
                "id": "draft-ketamine",
                "status": "draft",
                "intent": "order",
                "subject": self.subject,
                "medicationCodeableConcept": medication,
                "dosageInstruction": [{"timing": timing} | dosage if timing else dosage],
                **elements,
            }
        )

    def draft_ketamine(self, **elements: Any) -> None:
        """Draft an order for intravenous ketamine."""
        product = concept(RXNORM, "238082", "ketamine 10 MG/ML Injectable Solution")
        self.draft(product, INTRAVENOUS, 0.5, "mg/kg", **elements)


class Tale(NamedTuple):
    """How to make a story, what it is called, what the reader should see, and for whom patient-view speaks in it."""

    make: Callable[[], Story]
    title: str
    text: str
    audience: str = "pain"
