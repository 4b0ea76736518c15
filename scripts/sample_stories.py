"""The stories of `fhir_samples/`: those about whether ketamine may be considered at all, and the list of all."""

from sample_ordinary import ORDINARY
from sample_resources import ICD10, LOINC, RXNORM, SNOMED, Story, Tale, ago, concept
from sample_treated import TREATED
from sample_year import YEAR


def _crps_candidate() -> Story:
    story = Story("crps-candidate", "male", "1980-03-02", called=("Martin", "Oakes"))
    story.problem(ICD10, "G90.521", "Complex regional pain syndrome I of right lower limb", ago(730))
    story.everything_tried()
    story.examined()
    story.weight(81, 5)
    story.scores(5)
    return story


def _not_yet() -> Story:
    story = Story("low-back-pain-not-yet", "female", "1991-05-14", called=("Leah", "Brandt"))
    story.problem(ICD10, "M54.50", "Low back pain, unspecified", ago(61))
    story.medicine("197806", "ibuprofen 600 MG Oral Tablet", ago(50))
    story.examined()
    return story


def _opioid_use_disorder() -> Story:
    story = Story("opioid-use-disorder-drafted", "male", "1987-01-20", called=("Daniel", "Marsh"))
    story.problem(ICD10, "G57.71", "Causalgia of right lower limb", ago(900))
    story.problem(ICD10, "F11.20", "Opioid dependence, uncomplicated", ago(500))
    story.everything_tried()
    story.medicine("1049683", "oxycodone hydrochloride 10 MG Oral Tablet", ago(300))
    story.examined("substance")
    story.draft_ketamine()
    return story


def _alcohol_remission() -> Story:
    story = Story("alcohol-use-disorder-in-remission", "male", "1979-02-11", called=("Peter", "Lindqvist"))
    story.problem(ICD10, "G89.4", "Chronic pain syndrome", ago(1500))
    story.problem(
        ICD10, "F10.21", "Alcohol dependence, in remission", ago(4000), "remission", abatementDateTime=ago(1100)
    )
    story.everything_tried()
    story.examined("substance")
    return story


def _maoi_and_stimulant() -> Story:
    story = Story("maoi-and-stimulant", "male", "1968-09-30", called=("Howard", "Pell"))
    story.problem(ICD10, "B02.29", "Other postherpetic nervous system involvement", ago(450))
    story.everything_tried()
    story.medicine("312347", "phenelzine 15 MG Oral Tablet", ago(700))
    story.medicine("1091150", "methylphenidate hydrochloride 10 MG Oral Tablet", ago(200))
    story.examined()
    return story


def _pregnant() -> Story:
    story = Story("pregnant-by-laboratory", "female", "1997-04-08", called=("Nora", "Castell"))
    story.problem(ICD10, "G90.511", "Complex regional pain syndrome I of right upper limb", ago(800))
    story.everything_tried()
    story.examined()
    story.observation(
        LOINC,
        "2106-3",
        "Choriogonadotropin (pregnancy test) [Presence] in Urine",
        3,
        valueCodeableConcept=concept(SNOMED, "10828004", "Positive"),
    )
    story.draft_ketamine()
    return story


def _missing() -> Story:
    story = Story("safety-data-missing", "female", "1965-07-19", called=("Irene", "Falk"))
    story.problem(ICD10, "M96.1", "Postlaminectomy syndrome, not elsewhere classified", ago(2200))
    story.everything_tried()
    story.pain(8, 5)
    return story


def _silent() -> Story:
    story = Story("no-pain-silent", "male", "1976-10-03", called=("Thomas", "Weir"))
    story.problem(SNOMED, "59621000", "Essential hypertension", ago(2000))
    story.add(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=concept(
            RXNORM, "866412", "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet"
        ),
        authoredOn=ago(300),
    )
    story.blood_pressure(128, 80, 20)
    story.weight(82, 20)
    return story


TALES: dict[str, Tale] = (
    {
        "crps-candidate": Tale(
            _crps_candidate,
            "Complex regional pain syndrome, everything tried",
            "A 46-year-old man with complex regional pain syndrome for two years. Two drug classes and physical "
            "therapy failed, pain is 7/10, blood pressure is normal, and the health questions were answered with no. "
            "Ketamine may be considered; the card says how good the evidence is and how long relief lasts at best.",
        ),
        "low-back-pain-not-yet": Tale(
            _not_yet,
            "Low back pain for two months",
            "A 35-year-old woman with low back pain for two months and one course of ibuprofen still running. The pain "
            "is not chronic and treatment has hardly begun: not yet.",
        ),
        "opioid-use-disorder-drafted": Tale(
            _opioid_use_disorder,
            "Active opioid use disorder, ketamine drafted",
            "A 39-year-old man with causalgia and an active opioid use disorder, taking oxycodone. Ketamine is about "
            "to be signed: a hard contraindication, the only kind of card that may be critical.",
        ),
        "alcohol-use-disorder-in-remission": Tale(
            _alcohol_remission,
            "Alcohol use disorder in sustained remission",
            "A 47-year-old man whose alcohol use disorder has been in remission for three years. Not a stop: "
            "screening, closer monitoring, lower dose, shorter course.",
        ),
        "maoi-and-stimulant": Tale(
            _maoi_and_stimulant,
            "MAO inhibitor and a stimulant",
            "A 58-year-old man with postherpetic neuralgia who takes phenelzine and methylphenidate: two interactions "
            "that raise blood pressure.",
        ),
        "pregnant-by-laboratory": Tale(
            _pregnant,
            "Pregnant by laboratory only",
            "A 29-year-old woman with complex regional pain syndrome. Nobody has entered the pregnancy on the problem "
            "list, but the urine test of three days ago is positive. Ketamine is about to be signed.",
        ),
        "safety-data-missing": Tale(
            _missing,
            "Safety data missing",
            "A 61-year-old woman with failed back surgery. No blood pressure, no allergy status and no screening "
            "history: the card asks, and does not guess.",
        ),
        "no-pain-silent": Tale(
            _silent,
            "No pain: silence",
            "A 50-year-old man with well-controlled hypertension. There is no pain problem and no ketamine, so there "
            "is no card: silence is the default.",
        ),
    }
    | ORDINARY
    | TREATED
    | YEAR
)
"""All stories, by name."""
