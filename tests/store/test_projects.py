"""Organisations and their projects."""

from dataclasses import replace

import pytest

from mudguard.store import organizations, projects
from mudguard.store.database import Database
from mudguard.store.faults import StatementError
from mudguard.store.organizations import Organization
from mudguard.store.projects import Project
from tests.store import records
from tests.store.calls import read, write
from tests.store.records import NOW


def test_an_organisation_is_read_as_it_was_added(database: Database, organization: Organization) -> None:
    assert read(database, organizations.find, organization.id) == organization
    assert read(database, organizations.find, "e" * 24) is None


def test_a_slug_is_taken_by_one_organisation(database: Database, organization: Organization) -> None:
    assert read(database, organizations.slug_is_taken, organization.slug)
    assert not read(database, organizations.slug_is_taken, "southwind")
    with pytest.raises(StatementError):
        write(database, organizations.add, records.organization(slug=organization.slug))


def test_a_removed_organisation_is_gone_with_its_projects(
    database: Database, organization: Organization, project: Project
) -> None:
    write(database, organizations.remove, organization.id)
    assert read(database, organizations.find, organization.id) is None
    assert read(database, projects.find, project.id) is None


def test_a_project_is_read_as_it_was_added(database: Database, organization: Organization) -> None:
    project = records.project(organization.id, description="Über alles", settings={"a": [1, {"b": None}]})
    write(database, projects.add, project)
    assert read(database, projects.find, project.id) == project


def test_a_project_belongs_to_an_organisation_that_is_there(database: Database) -> None:
    with pytest.raises(StatementError):
        write(database, projects.add, records.project("e" * 24))


def test_an_organisation_s_projects_come_oldest_first(database: Database, organization: Organization) -> None:
    made = [records.project(organization.id, created_at=NOW + age) for age in (2, 1)]
    elsewhere = records.organization()
    write(database, organizations.add, elsewhere)
    for project in (*made, records.project(elsewhere.id)):
        write(database, projects.add, project)
    assert read(database, projects.of_organization, organization.id) == [made[1], made[0]]


def test_a_slug_is_taken_within_its_organisation_only(database: Database, project: Project) -> None:
    elsewhere = records.organization()
    write(database, organizations.add, elsewhere)
    assert read(database, projects.slug_is_taken, project.org_id, project.slug)
    assert not read(database, projects.slug_is_taken, elsewhere.id, project.slug)
    write(database, projects.add, records.project(elsewhere.id, slug=project.slug))


def test_a_change_is_one_project_s_own(database: Database, project: Project) -> None:
    other = records.project(project.org_id)
    write(database, projects.add, other)
    assert write(database, projects.change, project.id, name="Renamed")
    assert read(database, projects.find, project.id) == replace(project, name="Renamed")
    assert read(database, projects.find, other.id) == other


def test_a_project_that_is_being_deleted_is_as_good_as_gone(database: Database, project: Project) -> None:
    assert write(database, projects.change, project.id, deleted_at=NOW)
    assert read(database, projects.find, project.id) is None
    assert read(database, projects.of_organization, project.org_id) == []
    assert not write(database, projects.change, project.id, name="Renamed")
    assert not write(database, projects.change, "e" * 24, name="Renamed")


def test_a_project_that_is_being_deleted_is_remembered_until_it_is_gone(database: Database, project: Project) -> None:
    assert read(database, projects.half_deleted) == []
    write(database, projects.change, project.id, deleted_at=NOW)
    assert read(database, projects.half_deleted) == [project.id]
    write(database, projects.remove, project.id)
    assert read(database, projects.half_deleted) == []
