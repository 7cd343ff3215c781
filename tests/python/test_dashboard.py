"""The dashboard as a browser without a screen sees it: pages, headers, hostile values, downloads, who may come in."""

import csv
import io
import threading
from html.parser import HTMLParser
from urllib.parse import urlencode

import duckdb
import pytest
import serve
from dashboards import BEACON, CATEGORY, DEMO, HOSTILE, LONG, PROPERTY, publish, write_raw
from starlette.testclient import TestClient
from web.app import COOKIE, HEADERS, application
from web.pages import NO_FILTERS
from web.releases import Releases
from web.text import plain, safe_cell

PAGES = {
    "customers": "/",
    "customer": "/customer?id=c0000001",
    "properties": "/properties",
    "property": "/property?id=p04",
    "journey": "/journey",
    "made": "/made",
}
PII = {
    "customer_scores_current": ["customer_name"],
    "score_statement": ["excerpt", "tone_words"],
    "rejected_rows": ["original_row"],
}
ALLOWED = {"script": 0, "img": 0, "iframe": 0, "object": 0, "style": 0}


class Page(HTMLParser):
    """The elements of a page with their attributes, its text, and the addresses it leads to."""

    def __init__(self, html: str):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def count(self, tag: str) -> int:
        return sum(each == tag for each, _ in self.elements)

    def values(self, tag: str, attribute: str) -> list[str]:
        return [values[attribute] for each, values in self.elements if each == tag and attribute in values]


@pytest.fixture(scope="module")
def warehouse(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    project.score(folder / "scored", write_raw(folder / "raw"), DEMO.last_day, DEMO.first_day).close()
    return folder / "scored" / "warehouse.duckdb"


@pytest.fixture(scope="module")
def published(warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    publish(warehouse, folder, "1")
    return folder


@pytest.fixture(scope="module")
def client(published):
    return TestClient(application(published), raise_server_exceptions=True)


def marts(published, sql: str) -> list[tuple]:
    return Releases(published).current().connection.cursor().execute(sql).fetchall()


def customers_shown(page: str) -> list[str]:
    """The customers' ids that a list leads to, in its order."""
    prefix = "/customer?id="
    return [link.removeprefix(prefix) for link in Page(page).values("a", "href") if link.startswith(prefix)]


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_strict_headers_and_nothing_that_runs(client, name):
    answer = client.get(PAGES[name])
    assert answer.status_code == 200
    assert HEADERS.items() <= {key: answer.headers.get(key) for key in HEADERS}.items()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    page = Page(answer.text)
    assert {tag: page.count(tag) for tag in ALLOWED} == ALLOWED
    for tag, values in page.elements:
        assert not [key for key in values if key.startswith("on") or key == "style"], (tag, values)
    for link in page.values("a", "href") + page.values("link", "href") + page.values("form", "action"):
        assert link.startswith(("/", "#")), link
        assert not link.startswith("//")


@pytest.mark.parametrize("name", ["customer", "properties", "property", "journey", "made"])
def test_charts_say_what_they_show_and_have_a_table(client, name):
    page = Page(client.get(PAGES[name]).text)
    charts = [values for tag, values in page.elements if tag == "svg"]
    assert charts
    assert all(len(values["aria-label"]) > 20 for values in charts)
    assert page.count("figure") * 2 == len(charts)
    assert page.text.count(", as a table") == page.count("figure")


def test_customers_are_those_of_the_mart_in_the_order_asked_for(client, published):
    for sort, order in {"score": "score", "change_7d": "change_7d", "confidence": "confidence"}.items():
        for direction in ("asc", "desc"):
            shown = customers_shown(client.get(f"/?sort={sort}&dir={direction}").text)
            wanted = marts(
                published,
                f"select customer_id from marts.customer_scores_current "
                f"order by {order} {direction} nulls last, customer_id limit 50",
            )
            assert shown == [quote_id(who) for (who,) in wanted]


def quote_id(who: str) -> str:
    return urlencode({"id": who}).removeprefix("id=")


def test_pages_of_the_list_hold_everybody_once(client, published):
    found, page = [], 1
    while True:
        answer = client.get(f"/?sort=name&page={page}")
        if answer.status_code == 404:
            break
        found += customers_shown(answer.text)
        page += 1
    (everybody,) = marts(published, "select count(*) from marts.customer_scores_current")[0]
    assert len(found) == len(set(found)) == everybody > 50


def test_filters_narrow_the_list(client, published):
    html = client.get("/?segment=prospect&band=steady").text
    (count,) = marts(
        published,
        "select count(*) from marts.customer_scores_current where segment = 'prospect' and band = 'steady'",
    )[0]
    assert len(customers_shown(html)) == min(count, 50)
    assert f"{count:,}" in Page(html).text
    assert len(customers_shown(client.get("/?property=px").text)) == len(HOSTILE)
    (alerted,) = marts(
        published,
        "select count(*) from marts.customer_scores_current "
        "where customer_id in (select customer_id from marts.customer_alerts where is_open)",
    )[0]
    html = client.get("/?alert=open").text
    assert 0 < len(customers_shown(html)) == min(alerted, 50)
    assert f"{alerted:,} customers" in Page(html).text
    assert client.get("/?alert=closed").status_code == 400


def test_search_finds_names_and_ids_and_takes_signs_as_they_are(client):
    for who in ("h1", "h3", "h5"):
        assert customers_shown(client.get("/", params={"search": HOSTILE[who].upper()}).text) == [who]
    assert customers_shown(client.get("/?search=C0000001").text) == ["c0000001"]
    assert "Nobody matches" in client.get("/", params={"search": "%"}).text
    assert "Nobody matches" in client.get("/", params={"search": "c000_001"}).text


@pytest.mark.parametrize("injected", ["' or 1=1 --", "'; drop table marts.customer_scores_current; --", "$search"])
def test_sql_in_parameters_is_text(client, published, injected):
    before = marts(published, "select count(*) from marts.customer_scores_current")
    for name in ("search", "segment", "band", "property"):
        answer = client.get("/", params={name: injected})
        assert answer.status_code == 200
        assert not [who for who in customers_shown(answer.text) if name != "search" or not who.startswith("h")]
    for name in ("sort", "dir"):
        answer = client.get("/", params={name: injected})
        assert answer.status_code == 400
        assert "is one of" in answer.text
    assert client.get("/customer", params={"id": injected}).status_code == 404
    assert client.get("/property", params={"id": injected}).status_code == 404
    assert marts(published, "select count(*) from marts.customer_scores_current") == before


@pytest.mark.parametrize("address", ["/?page=0", "/?page=x", "/?page=-1", "/?page=٣", "/?search=" + "x" * 201])
def test_wrong_addresses_say_what_is_wrong(client, address):
    answer = client.get(address)
    assert answer.status_code == 400
    assert "The address is not right" in answer.text


def test_unknown_ids_are_not_there(client):
    for address in ("/customer?id=nobody", "/customer", "/property?id=nowhere", "/property", "/nothing"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


@pytest.mark.parametrize("who", HOSTILE)
def test_hostile_names_and_messages_are_text(client, who):
    for address in (f"/customer?{urlencode({'id': who})}", "/?property=px", "/property?id=px", "/properties"):
        html = client.get(address).text
        page = Page(html)
        assert {tag: page.count(tag) for tag in ALLOWED} == ALLOWED
        assert not [
            link
            for _, values in page.elements
            for link in values.values()
            if link and link.startswith("http") and BEACON in link
        ]
    page = Page(client.get("/customer", params={"id": who}).text)
    name = HOSTILE[who].strip()
    assert name[:60] in page.text
    assert CATEGORY in page.text.replace("_", " ")
    assert PROPERTY[:60] in page.text


def test_marks_of_direction_are_isolated(client):
    html = client.get("/customer?id=h6").text
    assert f"<bdi>{HOSTILE['h6']}</bdi>" in html
    assert "\u202e" not in html.replace(f"<bdi>{HOSTILE['h6']}</bdi>", "")


def test_long_text_is_cut_and_its_whole_is_behind_a_detail(client, warehouse, tmp_path):
    name = Page(client.get("/customer?id=h7").text)
    assert LONG[:200] not in name.text.split("History")[0]
    publish(warehouse, tmp_path, "long")
    file = tmp_path / "releases" / "long" / "rapport.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("update marts.score_statement set excerpt = ? where customer_id = 'h7'", [LONG])
    page = Page(TestClient(application(tmp_path)).get("/customer?id=h7").text)
    assert LONG in page.text
    assert "all 10,000 characters" in page.text
    assert ("details", {"class": "long"}) in page.elements


def test_each_mark_of_the_chart_leads_to_a_line_of_the_history(client, published):
    html = client.get("/customer?id=c0000001&days=all").text
    page = Page(html)
    lines = {f"#{name}" for name in page.values("li", "id")}
    marks = [link for link in page.values("a", "href") if link.startswith("#line-")]
    (events,) = marts(
        published,
        "select count(*) from marts.score_statement where customer_id = 'c0000001' "
        "and line_kind in ('contact', 'resolution', 'segment', 'property')",
    )[0]
    # The chart is drawn twice, for wide and for narrow screens.
    assert len(marks) >= 2 * events > 10
    assert set(marks) <= lines


def test_what_moved_the_week_adds_up(client, published):
    for who, change in marts(
        published,
        "select customer_id, change_7d from marts.customer_scores_current "
        "where change_7d is not null order by change_7d limit 5",
    ):
        html = client.get("/customer", params={"id": who}).text
        why = html.split("Why it moved")[1].split("</section>")[0]
        items = [Page(item).text.strip().split()[0] for item in why.split("<li>")[1:]]
        assert sum(round(100 * float(item.replace("−", "-"))) for item in items) == round(100 * change)


def test_who_has_left_is_shown_by_the_last_score(client, published):
    ((who,),) = marts(
        published,
        "select customer_id from marts.customer_scores_daily group by 1 having max(score_date) < "
        "(select max(score_date) from marts.customer_scores_daily) order by 1 limit 1",
    )
    answer = client.get("/customer", params={"id": who})
    assert answer.status_code == 200
    assert "In no segment since" in answer.text


def test_download_holds_all_who_match_and_no_formula(client, published):
    answer = client.get("/customers.csv?property=px&sort=name")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == len(HOSTILE)
    names = {row["customer_id"]: row["customer_name"] for row in rows}
    assert names["h3"] == "'" + HOSTILE["h3"]
    assert names["h8"] == "'" + HOSTILE["h8"]
    assert names["h1"] == HOSTILE["h1"]
    for row in rows:
        assert not row["customer_name"].startswith(("=", "+", "-", "@", "\t", "\r"))
    everybody = list(csv.DictReader(io.StringIO(client.get("/customers.csv").text, newline="")))
    assert len(everybody) == marts(published, "select count(*) from marts.customer_scores_current")[0][0]


def test_cells_are_made_safe_only_where_they_are_text():
    for text in ("=1", "+1", "-1", "@x", "\tx", "\rx", " =1"):
        assert safe_cell(text) == "'" + text
    for value in (-1.5, None, "a=1", ""):
        assert safe_cell(value) == value


def test_text_for_charts_is_one_short_line_without_marks():
    assert plain("a\u202eb\nc\x00d\u200f") == "ab c d"
    assert len(plain(LONG)) == 60


def test_releases_without_personal_data_show_ids(warehouse, tmp_path):
    publish(warehouse, tmp_path, "1", PII)
    client = TestClient(application(tmp_path))
    for address in (*PAGES.values(), "/?sort=name&search=c0000001", "/customers.csv", "/customer?id=h1"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "alert(1)" not in answer.text
    assert customers_shown(client.get("/?search=c0000001").text) == ["c0000001"]
    assert "c0000001" in Page(client.get("/customer?id=c0000001").text).text


def test_a_release_of_another_version_says_so(warehouse, tmp_path):
    publish(warehouse, tmp_path, "1")
    with duckdb.connect(str(tmp_path / "releases" / "1" / "rapport.duckdb")) as connection:
        connection.execute("drop table marts.touchpoint_fixes")
    client = TestClient(application(tmp_path), raise_server_exceptions=False)
    answer = client.get("/journey")
    assert answer.status_code == 500
    assert "The release does not fit" in answer.text
    assert "touchpoint_fixes" in answer.text
    assert client.get("/").status_code == 200


def test_without_a_release_it_says_what_to_run(tmp_path):
    client = TestClient(application(tmp_path / "published"))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Nothing is published yet" in answer.text
    assert "rapport.py demo" in answer.text


def test_an_empty_release_says_that_nobody_is_scored(warehouse, tmp_path):
    publish(warehouse, tmp_path, "1")
    with duckdb.connect(str(tmp_path / "releases" / "1" / "rapport.duckdb")) as connection:
        for (table,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall():
            connection.execute(f"delete from marts.{table}")
    client = TestClient(application(tmp_path))
    assert "Nobody is scored" in client.get("/").text
    for address in ("/properties", "/journey", "/made", "/customers.csv"):
        assert client.get(address).status_code == 200, address
    assert client.get("/customer?id=c0000001").status_code == 404


def test_a_new_release_is_read_at_once_and_an_old_one_stays_open(warehouse, tmp_path):
    publish(warehouse, tmp_path, "1")
    releases = Releases(tmp_path)
    old = releases.current()
    client = TestClient(application(tmp_path))
    assert customers_shown(client.get("/?search=c0000001").text) == ["c0000001"]
    second = publish(warehouse, tmp_path, "2", PII)
    with duckdb.connect(str(second / "rapport.duckdb")) as connection:
        connection.execute("delete from marts.customer_scores_current where customer_id = 'c0000001'")
    assert "Nobody matches" in client.get("/?search=c0000001").text
    assert old.row("customer", customer="c0000001")["customer_id"] == "c0000001"
    assert releases.current().row("customer", customer="c0000001") is None


def test_readers_read_at_the_same_time_while_releases_change(warehouse, tmp_path):
    names = [str(number) for number in range(1, 5)]
    publish(warehouse, tmp_path, names[0])
    releases, wrong = Releases(tmp_path), []

    def read_many():
        for _ in range(25):
            release = releases.current()
            known = release.known("bands")
            if sum(each["customers"] for each in known) != release.row("customers_count", **NO_FILTERS)["customers"]:
                wrong.append(release.path)

    readers = [threading.Thread(target=read_many) for _ in range(4)]
    for reader in readers:
        reader.start()
    for name in names[1:]:
        publish(warehouse, tmp_path, name)
    for reader in readers:
        reader.join()
    assert not wrong
    assert releases.current().path.name == names[-1]


def test_the_connection_can_neither_write_nor_leave_the_file(published):
    connection = Releases(published).current().connection
    for sql in (
        "delete from marts.customer_scores_current",
        "from read_csv('/etc/passwd')",
        "attach '/tmp/other.duckdb'",
        "set enable_external_access = true",
        "copy marts.customer_scores_current to '/tmp/out.csv'",
    ):
        with pytest.raises(duckdb.Error):
            connection.cursor().execute(sql)


# Who may come in


@pytest.fixture
def guarded(published):
    return TestClient(application(published, token="a long secret"), follow_redirects=False)


def test_a_token_is_asked_for_on_every_address_but_the_style_sheet(guarded):
    for address in (*PAGES.values(), "/customers.csv", "/nothing"):
        answer = guarded.get(address)
        assert answer.status_code == 401
        assert "Who is there?" in answer.text
        assert not customers_shown(answer.text)
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert guarded.get("/static/style.css").status_code == 200


def test_a_wrong_token_is_refused(guarded):
    for answer in (
        guarded.get("/?token=wrong"),
        guarded.get("/?token=a+long+secre"),
        guarded.get("/?token=é"),
        guarded.post("/enter", data={"token": "wrong", "to": "/"}),
        guarded.post("/enter", data={"to": "/"}),
        guarded.get("/", headers={"Cookie": f"{COOKIE}=a long secret"}),
    ):
        assert answer.status_code == 401


def test_the_token_is_asked_for_once_and_leaves_the_address(guarded):
    answer = guarded.get("/?sort=score&token=a+long+secret")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?sort=score"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secret" not in cookie
    assert guarded.get("/").status_code == 200


def test_the_form_leads_on_to_the_address_and_to_no_other_site(guarded):
    for target, reached in {
        "/customer?id=c0000001": "/customer?id=c0000001",
        "//evil.example": "/",
        "https://evil.example": "/",
        "/\\evil.example": "/",
    }.items():
        answer = guarded.post("/enter", data={"token": "a long secret", "to": target})
        assert (answer.status_code, answer.headers["location"]) == (303, reached)


def test_a_form_that_is_too_long_is_refused(guarded):
    assert guarded.post("/enter", data={"token": "x" * 10_000}).status_code == 413


def test_on_loopback_no_other_name_is_answered(published):
    client = TestClient(application(published, hosts=["127.0.0.1"]), base_url="http://127.0.0.1")
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"Host": BEACON}).status_code == 400


@pytest.fixture
def served(published, monkeypatch):
    """`served(host)`: what the command would serve there."""

    def start(host: str):
        apps = []
        monkeypatch.setattr(serve.uvicorn, "run", lambda app, **options: apps.append(app))
        monkeypatch.setattr(serve, "warm_up", lambda: None)
        serve.serve(published, host=host, port=8765, token=None)
        return apps[0]

    return start


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_asks_for_no_token(served, capsys, host):
    name = f"[{host}]" if ":" in host else host
    assert TestClient(served(host), base_url=f"http://{name}:8765").get("/").status_code == 200
    assert f"http://{name}:8765/ " in capsys.readouterr().out


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "rapport.example"])
def test_any_other_address_asks_for_a_token_and_says_which(served, capsys, host):
    client = TestClient(served(host))
    assert client.get("/").status_code == 401
    token = capsys.readouterr().out.split("?token=")[1].split()[0]
    assert len(token) >= 32
    assert client.get(f"/?token={token}").status_code == 200
