"""What the loader refuses, and what would happen if it did not."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule

UNREADABLE = Rule(
    "LOAD001",
    "a file of the platform can be read",
    "A build reads regular files inside the project folder and nothing else, so that it gives"
    " the same result on every machine and never hangs on a device or a pipe.",
)
TOO_LARGE = Rule(
    "LOAD002",
    "a file is at most 4 MiB",
    "A platform of 1,000 models takes about 400 KB. A file ten times that size is generated or"
    " is the wrong file, and reading it would cost the memory of the machine that builds.",
)
NOT_UTF8 = Rule(
    "LOAD003",
    "a file is UTF-8 text",
    "In another encoding the same bytes stand for other characters, so names and labels in the"
    " cluster would not be the ones in the file.",
)
CONTROL = Rule(
    "LOAD004",
    "a file has no control characters",
    "They cannot be seen in a review, and Kubernetes, Terraform and shells each cut, escape or"
    " refuse the text that holds one.",
)
BIDI = Rule(
    "LOAD005",
    "a file has no characters that reorder text",
    "Bidirectional controls make a line look different from what it says, so a reviewer would"
    " approve another platform than the one that is built.",
)
SYNTAX = Rule(
    "LOAD006",
    "a file is YAML",
    "The structure cannot be known past this point, so nothing is built.",
)
TAB = Rule(
    "LOAD007",
    "lines are indented with spaces",
    "YAML has no width for a tab, so the level of the line cannot be known.",
)
DOCUMENTS = Rule(
    "LOAD008",
    "a file is one document",
    "Readers differ in whether they take the first document, the last or all of them, so a part"
    " of the platform would be dropped unseen.",
)
EMPTY = Rule(
    "LOAD009",
    "a file is not empty",
    "An empty platform would compile to an empty tree, and everything generated before would be"
    " pruned.",
)
NOT_A_MAPPING = Rule(
    "LOAD010",
    "a file is a mapping at its top",
    "A platform is made of named sections; a list or a text at the top has no names to read.",
)
DUPLICATE = Rule(
    "LOAD011",
    "a key stands once in its mapping",
    "YAML readers keep the last of two equal keys without a word, so the first value would be"
    " lost.",
)
ANCHOR = Rule(
    "LOAD012",
    "there are no anchors",
    "An anchor makes a value change where nothing was edited, and no value could be traced to"
    " one place any more.",
)
ALIAS = Rule(
    "LOAD013",
    "there are no aliases",
    "A few lines of nested aliases stand for billions of values, and an alias hides from its"
    " reader what is deployed.",
)
MERGE = Rule(
    "LOAD014",
    "there are no merge keys",
    "Merge keys were dropped from YAML 1.2. Some readers merge them and others keep a key named"
    " `<<`, so two tools would see two platforms.",
)
TAG = Rule(
    "LOAD015",
    "there are no tags and no directives",
    "A tag asks the reader to build something other than plain data; in many readers that runs"
    " code. A directive changes how the rest of the file is read.",
)
DEPTH = Rule(
    "LOAD016",
    "values nest at most 64 deep",
    "A platform nests about 8 deep. Thousands of levels exhaust the stack of programs that read"
    " the file.",
)
TOO_MANY = Rule(
    "LOAD017",
    "a platform has at most 300,000 keys and values",
    "A platform of 1,000 models has about 40,000. Far beyond that a build takes minutes and the"
    " memory of the machine.",
)
KEY = Rule(
    "LOAD018",
    "keys are text",
    "JSON, and with it Kubernetes, has only text keys: each tool would turn another kind of key"
    " into text in its own way.",
)
WORD = Rule(
    "LOAD019",
    "no word is text to one reader and something else to another",
    "PyYAML, Helm and older Kubernetes tools read yes, no, on, off, y and n as booleans, YAML 1.2"
    " reads them as text. A country code NO would reach the cluster as false.",
)
NUMBER = Rule(
    "LOAD020",
    "no number is read differently by different readers",
    "YAML 1.1 and 1.2 disagree about leading zeros, underscores, exponents and colons, so the"
    " same file would give one value in a build and another in Helm.",
)
DATE = Rule(
    "LOAD021",
    "no text is taken for a date",
    "Some readers turn a bare date into a date object, move it to UTC and print it in another"
    " form.",
)
RANGE = Rule(
    "LOAD022",
    "numbers are finite and have at most 18 digits",
    "Larger integers lose digits in JSON readers and overflow in Kubernetes, and neither has"
    " infinity or not-a-number.",
)
INCLUDE = Rule(
    "LOAD023",
    "an include stays inside the project folder",
    "A build that reads outside its project gives another result on another machine, and could"
    " carry a secret of the builder into the generated files.",
)
NO_MATCH = Rule(
    "LOAD024",
    "an include matches a file",
    "A pattern that matches nothing is a renamed folder or a typing mistake: the models in it"
    " would be removed from the cluster.",
)
TOO_MANY_FILES = Rule(
    "LOAD025",
    "includes are at most 1,000 files and 32 MiB",
    "A pattern that takes in more has caught a folder it was not meant for.",
)
ROOT_KEY = Rule(
    "LOAD026",
    "only the root file names the platform and its includes",
    "The name and version belong to the whole platform. If each file could set them, the order"
    " of files would decide.",
)
CONFLICT = Rule(
    "LOAD027",
    "two files do not state the same entry",
    "One of the two would win by the order of file names, and the team that wrote the other"
    " would not be told.",
)
OVERLAY = Rule(
    "LOAD028",
    "environments is a mapping of overlays",
    "Each environment is a name with what differs there; anything else has nothing to merge.",
)
DELETION = Rule(
    "LOAD029",
    "an environment deletes only what is there",
    "A null that meets nothing is a typing mistake: the entry that was meant stays deployed in"
    " that environment.",
)
ENVIRONMENT_NAME = Rule(
    "LOAD030",
    "an environment's name is lower-case letters, digits and hyphens",
    "The name becomes a folder of the generated tree and a label of every object.",
)
UNKNOWN_FAMILY = Rule(
    "FAM001",
    "the family of a model is declared",
    "A model takes from its family what it doesn't say itself; without the family nobody knows"
    " how to serve it.",
)
RECORD_MISSING = Rule(
    "REC001",
    "a pipeline that is written in Python was recorded",
    "A build runs no Python of the project, so that building a stranger's pull request executes"
    " nothing. What the pipeline consists of has to stand in a file, where a review can see it.",
)
RECORD_STALE = Rule(
    "REC002",
    "a recorded pipeline is as its Python says now",
    "The steps that would be deployed are those of another day than the code that was reviewed.",
)
RECORD_BROKEN = Rule(
    "REC003",
    "the record of a pipeline is what mlopsgen wrote",
    "Records are made by `mlopsgen record`; what was edited by hand would be lost the next time.",
)

RULES: tuple[Rule, ...] = (
    UNREADABLE,
    TOO_LARGE,
    NOT_UTF8,
    CONTROL,
    BIDI,
    SYNTAX,
    TAB,
    DOCUMENTS,
    EMPTY,
    NOT_A_MAPPING,
    DUPLICATE,
    ANCHOR,
    ALIAS,
    MERGE,
    TAG,
    DEPTH,
    TOO_MANY,
    KEY,
    WORD,
    NUMBER,
    DATE,
    RANGE,
    INCLUDE,
    NO_MATCH,
    TOO_MANY_FILES,
    ROOT_KEY,
    CONFLICT,
    OVERLAY,
    DELETION,
    ENVIRONMENT_NAME,
    UNKNOWN_FAMILY,
    RECORD_MISSING,
    RECORD_STALE,
    RECORD_BROKEN,
)
