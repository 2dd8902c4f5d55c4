"""
The runner of the TCK, on a folder of tests written here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tck
from tests.engine.decision_files import decision_xml, file_xml, literal_xml

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>
<testCase id="1"><inputNode name="n"><value xsi:type="xsd:decimal">2</value></inputNode>
  <resultNode name="double"><expected><value xsi:type="xsd:decimal">4.0</value></expected></resultNode>
  <resultNode name="day"><expected><value xsi:type="xsd:date">2026-01-31</value></expected></resultNode>
  <resultNode name="list"><expected><list><item><value xsi:type="xsd:string">a</value></item>
    <item><value xsi:nil="true"/></item></list></expected></resultNode>
  <resultNode name="context"><expected><component name="a"><value xsi:type="xsd:boolean">true</value></component>
    </expected></resultNode>
  <resultNode name="broken" errorResult="true"><expected><value xsi:nil="true"/></expected></resultNode>
</testCase>
<testCase id="2">
  <resultNode name="third"><expected><value xsi:type="xsd:double">0.333333333</value></expected></resultNode>
  <!-- more -->
</testCase>
<testCase id="3" type="decisionService"><resultNode name="service"><expected/></resultNode></testCase>
</testCases>"""
WRONG = '<resultNode name="double"><expected><value xsi:type="xsd:decimal">3</value></expected></resultNode>'
TEXTS = {
    "double": "n * 2",
    "day": 'date("2026-01-31")',
    "list": '["a", null]',
    "context": "{a: true}",
    "broken": "1 +",
    "third": "1 / 3",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for level in tck.LEVELS:
        folder = tmp_path / "TestCases" / level / "0001-own"
        folder.mkdir(parents=True)
        (folder / "m.dmn").write_bytes(file_xml(*(decision_xml(key, literal_xml(text)) for key, text in TEXTS.items())))
        wrong = WRONG if level == tck.LEVELS[1] else ""
        (folder / "m-test-01.xml").write_text(CASES.replace("<!-- more -->", wrong))
    return tmp_path


def test_each_result_is_compared_and_counted(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tck.main(str(copy)) == 1  # 6 of 7 are less than 90 %
    printed = capsys.readouterr().out
    assert "compliance-level-2, needed: 6 of 6 results, 100.0%" in printed
    assert "compliance-level-3, needed: 6 of 7 results, 85.7%" in printed
    assert "compliance-level-3, of decision services, external functions and imports: 0 of 1 results" in printed
    assert "compliance-level-3/0001-own: 2 failed\n    2 double\n" in printed


def test_the_folder_of_the_cases_may_be_named_itself(copy: Path) -> None:
    assert len(list(tck.run(copy / "TestCases"))) == len(list(tck.run(copy))) == 15


def test_a_failed_case_tells_what_was_expected_when_its_folder_is_named(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tck.main(str(copy), "0001")
    assert "2 double: expected Decimal('3'), found None" in capsys.readouterr().out


def test_a_folder_without_cases_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tck.main(str(tmp_path)) == 2
    assert "There is no case of the TCK" in capsys.readouterr().out
