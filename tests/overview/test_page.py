"""The page of `mlopsgen report`: what is in it, and that it is the same every time."""

import itertools
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.resources import PAGE_STYLE
from tests.build import ROOT
from tests.diff import SMALL

TELLING = (ROOT / "platform.yaml").read_text(encoding="utf-8")
MEGABYTE = 2**20
CELL = re.compile(r"<t[hd].*?>(.*?)</t[hd]>", re.DOTALL)
VOID = {"meta", "input", "br"}


class Read(HTMLParser):
    """The elements of a page in their order, and whether they are well nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def written(folder, text, *arguments):
    (folder / "platform.yaml").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "platform.lock", folder / "platform.lock")
    out = folder / "report.html"
    done = CliRunner().invoke(
        main, ["report", str(folder / "platform.yaml"), "--out", str(out), *arguments]
    )
    assert done.exit_code == 0, done.output
    return out


def read(folder, text, *arguments):
    return Read(written(folder, text, *arguments).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return read(tmp_path_factory.mktemp("page"), TELLING)


def rows(page, caption):
    """Return the texts of the cells of the table with *caption*."""
    title = rf"<caption[^>]*><span>{re.escape(caption)}</span>"
    [body] = re.findall(rf"{title}.*?</table>", page, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in CELL.findall(row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def test_it_says_what_there_is(tmp_path):
    page = written(tmp_path, TELLING, "--env", "prod").read_text(encoding="utf-8")

    [_, glance] = rows(page, "Environments in figures")
    assert glance[:4] == ["prod", "4", "1", "15"]
    models = rows(page, "Models and canaries, as they run")
    assert [row[:4] for row in models[1:3]] == [
        ["iris", "stable", "90 %", "mlflow"],
        ["iris", "canary", "10 %", "mlflow"],
    ]
    fits = {
        (row[0], row[1]): row[3:] for row in rows(page, "Language models on their GPUs, in GiB")
    }
    assert fits["mistral-7b", "A10G of g5.xlarge"] == [
        "13.49", "0.50", "0.61", "0.75", "15.35", "19.79", "4.44",
    ]  # fmt: skip
    assert "13.49 GiB weights (16 bits) + 0.50 GiB KV cache" in page
    alerts = {row[0]: row[1:4] for row in rows(page, "Alerts, with the threshold that is in force")}
    assert alerts["HighInferenceLatency"] == ["warning", "1s", "5m"]
    assert alerts["HighInferenceErrorRate"] == ["critical", "5 %", "5m"]
    policies = rows(
        page, "Admission policies, over the generated objects and the pods made of them"
    )
    assert {row[0]: row[4] for row in policies[1:]} == {
        "confined-pods": "0", "fixed-tags": "0", "known-registries": "0", "labelled-objects": "0",
        "own-account": "0",
    }  # fmt: skip
    assert all(int(row[3]) > 0 for row in policies[1:])
    rights = rows(page, "Roles of IAM and what they allow")
    account = "pipeline-iris-trainingin mlops"
    assert [account, "mlops-prod-pipeline-iris-training"] in [row[:2] for row in rights]
    costs = rows(page, "From the smallest to the largest, at on-demand prices")
    assert [row[0] for row in costs[1:3]] == ["EKS control plane", "nodes of general"]


@pytest.mark.parametrize(("environment", "does"), [("dev", "only warns"), ("prod", "refuses")])
def test_signatures_are_policies_too(tmp_path, environment, does):
    text = (ROOT / "tests/golden/signatures/platform.yaml").read_text(encoding="utf-8")
    page = written(tmp_path, text, "--env", environment).read_text(encoding="utf-8")

    told = {
        row[0]: row[1:]
        for row in rows(
            page, "Admission policies, over the generated objects and the pods made of them"
        )
    }

    ours, reviewed = told["signed-images: ours"], told["signed-images: reviewed"]
    assert ours[0].startswith(does)
    assert "release@acme-ml.iam.gserviceaccount.com of https://accounts.google.com" in ours[0]
    assert (ours[1], ours[3]) == ("serving, training", "seen in the cluster only")
    assert (ours[2], reviewed[2]) == ("2", "1")


def test_the_matrix_has_the_ports_and_nothing_where_it_is_refused(tmp_path):
    page = written(tmp_path, TELLING, "--env", "dev").read_text(encoding="utf-8")
    caption = (
        "Rows open connections, columns take them; a cell has the ports of the pods, and what is"
        " empty is refused"
    )

    [heads, *lines] = [[cell.strip() for cell in row] for row in rows(page, caption)]
    table = {row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in lines}
    training = table["pipeline-iris-training mlops"]
    assert training["mlflow-server"] == "5000"
    assert training["argocd-server"] == ""
    assert len(heads) > 30


def test_environments_are_compared(page):
    said = r"models\.iris\.scale\.max 5 platform\.yaml:\d+ 20 platform\.yaml:\d+"
    assert re.search(said, page.text)


def test_warnings_waivers_and_objectives_are_told(tmp_path):
    platform = yaml.safe_load(SMALL)
    platform["models"]["llm"] = {
        "runtime": "vllm", "source": "hf://acme/nobody-knows", "vllm": {"maxModelLen": 4096},
        "gpus": 1, "pool": "gpu", "resources": {"cpu": 3, "memory": "12Gi"},
    }  # fmt: skip
    platform["models"]["iris"] = {
        "runtime": "mlflow", "source": "s3://acme-models/iris/1",
        "slo": {"latencyP95": "1s", "availability": "99.5%"},
    }  # fmt: skip
    platform["nodePools"]["gpu"] = {
        "kind": "karpenter", "instanceFamilies": ["g5"], "sizes": ["xlarge"],
        "taints": ["nvidia.com/gpu=true:NoSchedule"],
    }  # fmt: skip
    for name in ("nvidia-device-plugin", "prometheus", "vllm"):
        platform["components"][name] = {}
    text = yaml.safe_dump(platform, sort_keys=False)

    told = read(tmp_path, text).text
    assert "GPU005 warning whether models.llm fits its GPUs isn't proved" in told
    assert "Nothing is waived." in told
    assert "iris mlops 99.5% 1s yes" in told

    source = "source: hf://acme/nobody-knows"
    waived = read(tmp_path, text.replace(source, f"{source} # mlopsgen: ignore[GPU005] we tried"))
    assert "GPU005 whether models.llm fits its GPUs isn't proved" in waived.text
    assert "we tried platform.yaml:" in waived.text
    assert "GPU005 warning" not in waived.text


def test_it_is_well_formed_and_its_ids_and_links_meet(page):
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    links = [
        attributes["href"][1:]
        for tag, attributes in page.seen
        if tag == "a"
        if attributes["href"][0] == "#"
    ]
    named = " ".join(attributes.get("aria-labelledby", "") for _, attributes in page.seen).split()

    assert len(ids) == len(set(ids))
    assert {*links, *named} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.seen if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_it_takes_nothing_from_elsewhere_and_is_small(page, tmp_path):
    assert not {"link", "iframe", "object", "img"} & {tag for tag, _ in page.seen}
    assert all("src" not in attributes and "style" not in attributes for _, attributes in page.seen)
    assert written(tmp_path, TELLING).stat().st_size < MEGABYTE


def test_the_same_platform_gives_the_same_bytes(tmp_path):
    shutil.copy(ROOT / "platform.lock", tmp_path)
    (tmp_path / "platform.yaml").write_text(TELLING, encoding="utf-8")
    code = "import sys; sys.argv = ['mlopsgen', 'report']; from mlopsgen.cli import main; main()"
    texts = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src"), "LANG": "C"}
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
        texts.add((tmp_path / "report.html").read_bytes())

    assert len(texts) == 1


def test_a_platform_with_errors_has_no_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(SMALL.replace("pool: wide", "pool: narrow"), "utf-8")

    done = CliRunner().invoke(main, ["report"])

    assert done.exit_code == 1
    assert "narrow" in done.stderr
    assert not Path("report.html").exists()


def test_two_hundred_models_fit_on_a_page(tmp_path):
    platform = yaml.safe_load(SMALL)
    for number in range(200):
        platform["models"][f"m-{number}"] = {
            "family": "tabular", "exposure": {"alb": "internal", "host": f"m-{number}.example.com"},
        }  # fmt: skip
    platform["components"]["aws-load-balancer-controller"] = {}

    page = written(tmp_path, yaml.safe_dump(platform, sort_keys=False))

    assert page.stat().st_size < 5 * MEGABYTE
    assert "m-199" in page.read_text(encoding="utf-8")


def _luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_stands_out_from_what_is_behind_it(scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    blocks = re.findall(r":root \{(.*?)\}", PAGE_STYLE.read_text(encoding="utf-8"), re.DOTALL)
    colors = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[scheme]))

    for paper in ("paper", "panel"):
        for ink in ("ink", "muted", "accent"):
            pair = sorted(_luminance(colors[each]) for each in (paper, ink))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (paper, ink)
