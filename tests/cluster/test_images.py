from pathlib import Path

import pytest

from cluster.images import Image, base_image, copied, inputs, outdated, product_images, qualified

DOCKERFILE = """\
ARG BASE=telstar/base
FROM telstar/build AS build
COPY api/pyproject.toml requirements.lock ./
COPY --chown=1:1 images/simlive/ \\
     /src/simlive
ADD https://example.com/file /file
FROM ${BASE}
COPY --from=build /app /app
copy images/api/start /usr/local/bin/
"""


def test_sources_of_copy_are_found_and_those_of_other_stages_are_not() -> None:
    assert copied(DOCKERFILE) == [
        "api/pyproject.toml",
        "requirements.lock",
        "images/simlive/",
        "images/api/start",
    ]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for file, text in {
        "images/base/Dockerfile": "FROM debian",
        "images/api/Dockerfile": "FROM telstar/base\nCOPY api/ /app\nCOPY *.lock /\n",
        "images/edge/Dockerfile": "FROM telstar/base\nCOPY images/edge/nginx.conf /etc/\n",
        "images/edge/nginx.conf": "events {}",
        "api/main.py": "print()",
        "requirements.lock": "uv",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return tmp_path


def tags(repository: Path) -> dict[str, str]:
    return {image.name: image.tag for image in product_images(repository)}


def test_an_image_is_made_of_its_dockerfile_and_what_it_copies(repository: Path) -> None:
    found = inputs(repository / "images/api/Dockerfile", repository)
    assert {path.relative_to(repository).as_posix() for path in found} == {
        "images/api/Dockerfile", "api", "requirements.lock",
    }  # fmt: skip


def test_only_images_with_a_dockerfile_are_built(repository: Path) -> None:
    assert set(tags(repository)) == {"api", "edge"}


def test_a_change_gives_a_new_tag_to_the_images_it_goes_into_and_to_no_other(repository: Path) -> None:
    before = tags(repository)
    (repository / "api/main.py").write_text("print('changed')")
    after = tags(repository)
    assert after["api"] != before["api"]
    assert after["edge"] == before["edge"]


def test_a_changed_base_changes_every_image(repository: Path) -> None:
    before, base = tags(repository), base_image(repository)
    (repository / "images/base/Dockerfile").write_text("FROM debian:trixie")
    after = tags(repository)
    assert base_image(repository) != base
    assert all(after[name] != before[name] for name in before)


def test_outdated_are_earlier_tags_of_our_images_only() -> None:
    current = [Image("api", "0123456789ab")]
    there = [
        "telstar/api:0123456789ab",
        "telstar/api:ffffffffffff",
        "telstar/api:dev",
        "telstar/node:v1-aaaaaaaaaaaa",
    ]
    assert outdated(there, current) == ["telstar/api:ffffffffffff"]


@pytest.mark.parametrize(
    ("reference", "full"),
    [
        ("debian:trixie-slim", "docker.io/library/debian:trixie-slim"),
        ("telstar/api:1", "docker.io/telstar/api:1"),
        ("ghcr.io/projectcontour/contour:v1", "ghcr.io/projectcontour/contour:v1"),
        ("localhost:5000/api:1", "localhost:5000/api:1"),
        ("localhost/api:1", "localhost/api:1"),
    ],
)
def test_names_as_containerd_knows_them(reference: str, full: str) -> None:
    assert qualified(reference) == full
