import re
import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snakemake_heliport.redaction import RedactionError, Redactor, is_credential

MARK = "[redacted]"
SECRET = "Zk81qv07Xw"
# Letters and digits that no option, path or word of the texts around them contains.
secrets = st.text(alphabet=string.ascii_letters + string.digits, min_size=10, max_size=40).map(lambda s: f"Zq{s}7")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)

CONTEXTS = (
    'password: str = "{}"',
    "def load(token: str | None = '{}') -> None:",
    'password <- "{}"',
    'os.environ.setdefault("DB_PASSWORD", "{}")',
    'os.getenv("TOKEN","{}")',
    "mytool --password {}",
    "mytool --password '{} with spaces'",
    'mytool --api-key="{}" --n 3',
    "mytool --token \\\n    {}",
    "API_KEY={} python train.py",
    "export HF_TOKEN='{}'; python train.py",
    'bash -c "DB_PASSWORD={} ./load"',
    "snakemake --config token={} n=1",
    "curl -H 'Authorization: Bearer {}' https://example.org",
    "curl -H 'X-Api-Key: {}' https://example.org",
    "curl -u alice:{} https://example.org",
    'curl --user "alice:{}" https://example.org',
    "sshpass -p {} ssh node",
    "mysql -u root -p{} results",
    "sftp://alice:{}@example.org/data",
    "postgresql+psycopg://alice:p@{}@db:5432/heliport",
    "https://{}@github.com/group/code.git",
    "GET https://example.org/f?token={}&n=1",
    "https://account.blob.core.windows.net/c/f?sv=2024&sig={}%3D&se=1",
    "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4&X-Amz-Signature={}&X-Amz-Expires=60",
    '{{"db": {{"password": "{}"}}, "n": 1}}',
    "args={{'password': '{}'}}",
    '"{{\\"accessToken\\": \\"{}\\"}}"',
    "client_secret: {}",
    "<password>{}</password>",
    "os.environ['HF_TOKEN'] = '{}'",
    "Client(token='it\\'s {}', n=1)",
    "token=$(echo {})",
    "echo {} | docker login --password-stdin",
    "docker login -u alice -p {} registry",
    "curl -d 'user=a&passwd={}&n=1' https://example.org",
    "AccountName=a;AccountKey={}==;EndpointSuffix=core",
    "wget --http-user=u --http-password={} https://example.org",
    'headers={{"Authorization": ["Bearer {}"]}}',
    "Set-Cookie: session={}; Path=/",
    "machine example.org login alice password {}",
    "sent header: bearer {}",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n{}",
)
# Put together here, so that no secret scanner stumbles over this file.
SHAPES = (
    "ghp_" + "a1B2" * 9,
    "gho_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 12,
    "glpat-" + "a1-B2" * 4,
    "AKIA" + "Q1W2" * 4,
    "xoxb-" + "1234567890-" * 2 + "abc",
    "AIza" + "Sy-a1" * 7,
    "hf_" + "aBcD" * 9,
    "sk-" + "a1B2" * 12,
    "sk-proj-" + "a1-B2" * 8,
    "sk-ant-api03-" + "a1-B2" * 8,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0." + "a1-B2",
    "npm_" + "a1B2" * 9,
    "pypi-" + "AgEIcHlwaS5v" * 5,
)
PLAIN = (
    "python train.py --max_tokens 100 --tokenizer bert --author me --key k --seed 7",
    "train_model --lr 0.01 data/clean_3.csv > logs/3.log 2>&1",
    "https://example.org/f?page=2&n_tokens=5",
    "http://localhost:5000/a/b",
    "git@github.com:group/code.git",
    "scp -P 22 data.csv node:/data/",
    "--token {params.token} --password $PASSWORD --secret ${SECRET}",
    'token=config["token"]',
    "def load(token: str) -> None:",
    "token: str | None = None",
    'os.environ.get("MAX_TOKENS", "7")',
    "monkey: 3, secretion: 0.2, passes: 4, compass: n",
    "sk-learn-pipeline-with-a-long-name",
    "SyntaxError: unexpected token: 'x'",
    "foo::auth::bar x::token",
    "12:30:45 epoch 3: loss = 0.25",
    "",
)

CREDENTIALS = (
    "token secret password passwd pwd api_key apikey access_key private_key credential credentials auth API_KEY"
    " accessToken X-Api-Key PGPASSWORD hf_token db_pass pass AWS_SECRET_ACCESS_KEY GITHUB_PAT clientSecret"
    " --auth-token Kennwort passphrase OAuth2Token connection_string"
)
OTHER_NAMES = (
    "tokenizer n_tokens max_tokens max_new_tokens pad_token token_ids tokens_per_batch author authors authority key"
    " keys keywords secretion monkey passes compass high_pass bypass public_key sort_key pattern path passage"
)


@pytest.mark.parametrize("context", CONTEXTS)
@settings(deadline=None)
@given(secret=secrets)
def test_no_secret_survives_its_place(context, secret):
    """Whatever the secret, nothing of it is left where a secret is usually written."""
    redacted = Redactor().text(context.format(secret))

    assert secret not in redacted
    assert MARK in redacted


@pytest.mark.parametrize("token", SHAPES)
@settings(deadline=None)
@given(before=st.sampled_from(("", "'", "(", "=", "x ", ": ")), after=st.sampled_from(("", "'", ")", " x", ",", "\n")))
def test_tokens_are_known_by_their_shape(token, before, after):
    """A token of a known kind is removed wherever it stands, and nothing else is."""
    assert Redactor().text(before + token + after) == before + MARK + after


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_unchanged(text):
    """A text without secrets stays as it is, also where it talks of tokens and keys."""
    assert Redactor().text(text) == text


@settings(deadline=None)
@given(st.text(alphabet=string.ascii_letters + string.digits + " \n.,/_+-()%*", max_size=200))
def test_text_without_any_mark_of_a_secret_is_unchanged(text):
    """Ordinary words, numbers and paths pass untouched."""
    words = ("pass", "token", "secret", "key", "auth", "cred", "pwd", "bearer", "jwt", "login", "_pat", "hf_", "sk-")
    if not any(word in text.lower() for word in words):
        assert Redactor(home="/home/alice").text(text) == text


@settings(deadline=None)
@given(st.lists(st.sampled_from([*CONTEXTS, *SHAPES, *PLAIN, MARK, "/home/alice/x", " ", '"', "'"]) | st.text()))
def test_redaction_is_idempotent(parts):
    """What was redacted once is not changed by redacting it again."""
    redactor = Redactor(["red.*?d", "[0-9]{3}", "z*"], home="/home/alice")
    once = redactor.text("".join(parts).replace("{}", SECRET))

    assert redactor.text(once) == once
    assert Redactor(["red.*?d", "[0-9]{3}", "z*"], home="/home/alice").text(once) == once


@pytest.mark.parametrize("name", CREDENTIALS.split())
def test_names_of_credentials(name):
    """Every usual spelling of a credential's name is known."""
    assert is_credential(name)


@pytest.mark.parametrize("name", ["", *OTHER_NAMES.split()])
def test_names_of_other_things(name):
    """Words that merely resemble those of credentials are not mistaken for them."""
    assert not is_credential(name)


@settings(deadline=None)
@given(value=json_values)
def test_nothing_is_left_under_the_name_of_a_credential(value):
    """Only the structure and the absence of values remain of what a credential's name covers."""

    def leaves(item):
        if isinstance(item, dict):
            return [leaf for inner in item.values() for leaf in leaves(inner)]
        return [leaf for inner in item for leaf in leaves(inner)] if isinstance(item, list) else [item]

    found = leaves(Redactor().named("password", value))

    assert len(found) == len(leaves(value))
    assert all(leaf is None or leaf in ("", MARK) for leaf in found)


@settings(deadline=None)
@given(value=json_values)
def test_named_is_idempotent(value):
    """A redacted value is not changed by redacting it again."""
    redactor = Redactor()
    once = redactor.named("config", value)

    assert redactor.named("config", once) == once


def test_credentials_are_found_at_any_depth():
    """Names count in nested mappings, lists and tuples; numbers and truth values are values, too."""
    value = {"db": {"host": "h", "password": 1234}, "jobs": [{"api_key": True}, ("x", {"token": None})], "n_tokens": 5}

    assert Redactor().named("config", value) == {
        "db": {"host": "h", "password": MARK},
        "jobs": [{"api_key": MARK}, ("x", {"token": None})],
        "n_tokens": 5,
    }


def test_the_value_after_an_option_in_an_argument_list_is_redacted():
    """`["--token", "x"]` is a command line in pieces."""
    assert Redactor().named("args", ["--token", "Zk81", "--n", 3]) == ["--token", MARK, "--n", 3]


@settings(deadline=None)
@given(secret=st.text(min_size=6, max_size=30).filter(lambda s: MARK not in s and s.strip() == s))
def test_a_secret_known_by_its_name_is_redacted_elsewhere(secret):
    """A param called `token` does not survive in the shell command that it was formatted into."""
    redactor = Redactor()
    redactor.named("token", secret)
    if redactor.secret_values:
        assert secret not in redactor.text(f"tool {secret} -x").replace(MARK, "\0")


def test_a_learned_secret_is_found_in_a_text_that_was_seen_before():
    """Texts remembered from before a secret was known are looked at again."""
    redactor = Redactor()

    assert redactor.text(f"tool {SECRET}") == f"tool {SECRET}"
    redactor.named("token", SECRET)
    assert redactor.text(f"tool {SECRET}") == f"tool {MARK}"


def test_a_learned_secret_is_found_in_other_spellings():
    """Shells and URLs write the same secret differently."""
    redactor = Redactor()
    redactor.named("password", "it's a/secret")

    assert redactor.text("""tool 'it'"'"'s a/secret' x?p=it%27s%20a%2Fsecret""") == f"tool {MARK} x?p={MARK}"


def test_a_secret_that_looks_like_the_mark_leaves_the_marks_alone():
    """What was redacted is never redacted again, whatever the secret."""
    redactor = Redactor()
    redactor.named("token", "redacted")

    assert redactor.text(f"a {MARK} redacted") == f"a {MARK} {MARK}"


def test_what_a_removal_uncovers_is_removed_too():
    """A token that only shows its shape once the text before it is gone does not survive."""
    assert Redactor(["Q"]).text(f"Q{SHAPES[0]}") == MARK + MARK


def test_of_two_secrets_the_longer_is_redacted_first():
    """A secret that begins like another leaves no tail behind."""
    redactor = Redactor()
    redactor.named("token", ["abcdef12", "abcdef123456"])

    assert redactor.text("x abcdef123456 y abcdef12") == f"x {MARK} y {MARK}"


@pytest.mark.parametrize("word", ["training", "default", "abc", "True", 12345])
def test_common_words_and_short_values_are_not_sought_elsewhere(word):
    """`auth: default` must not black out every `default` of the record."""
    redactor = Redactor()

    assert redactor.named("auth", word) == MARK
    assert redactor.text(f"mode {word} x") == f"mode {word} x"


def test_the_users_patterns_are_redacted():
    """A pattern of the user's is applied to texts, also nested ones; an empty match is none."""
    redactor = Redactor([r"PAT-\d+", "x*"])

    assert redactor.named("config", {"id": ["PAT-17 ok"]}) == {"id": [f"{MARK} ok"]}


def test_an_invalid_pattern_is_refused_in_one_line():
    """A pattern that is no regular expression is named, with the reason."""
    with pytest.raises(RedactionError, match=re.escape("redact: '(x' is not a regular expression (")) as caught:
        Redactor(["(x"])

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat /home/alice/data.csv", "cat ~/data.csv"),
        ("file:///home/alice.", "file://~."),
        ("/home/alice2/x /mnt/home/alice/x /home/alice.old", "/home/alice2/x /mnt/home/alice/x /home/alice.old"),
    ],
)
def test_the_home_directory_becomes_a_tilde(text, expected):
    """The home directory names a person; paths that only begin like it do not."""
    assert Redactor(home="/home/alice/").text(text) == expected


@pytest.mark.parametrize("home", [None, "", "/"])
def test_no_home_directory_changes_nothing(home):
    """A service account may have no home, or the root directory."""
    assert Redactor(home=home).text("/data/x /y") == "/data/x /y"


@pytest.mark.parametrize(
    "unit", ["a://b:", 'password="', "token ", "--token ", "sshpass ", "https://", "-----BEGIN PRIVATE KEY", "eyJ", "A"]
)
def test_no_text_takes_long(unit):
    """The time grows with the length of a text, whatever it holds: a second would be a blow-up."""
    code = (
        "import time; from snakemake_heliport.redaction import Redactor; began = time.process_time(); "
        f"Redactor().text({unit!r} * (40_000 // len({unit!r}))); assert time.process_time() - began < 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
