"""The projects of an organisation."""

from mudguard_client.accounts import EventsPage, Message
from mudguard_client.core import Steps
from mudguard_client.endpoints import Endpoints, Kind, given, operation, segment
from mudguard_client.organisations import ChangedProject, Project, ProjectList, SettingsChange


class Projects(Endpoints[Kind]):
    """The projects of an organisation: `client.projects`."""

    @operation
    def list(self, org_id: str) -> Steps[ProjectList]:
        """All projects of the organisation."""
        return self._core.send("GET", _path(org_id), ProjectList, timeout=self._timeout)

    @operation
    def create(
        self, org_id: str, *, name: str, description: str | None = None, slug: str | None = None
    ) -> Steps[ChangedProject]:
        """A new project, by an owner or admin. The slug is made from the name if left out."""
        body = given(name=name, description=description, slug=slug)
        return self._core.send("POST", _path(org_id), ChangedProject, body=body, timeout=self._timeout)

    @operation
    def get(self, org_id: str, project_id: str) -> Steps[Project]:
        """One project. Its people and its API keys may ask, too."""
        return self._core.send("GET", _path(org_id, project_id), Project, timeout=self._timeout)

    @operation
    def update(
        self,
        org_id: str,
        project_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        settings: SettingsChange | None = None,
    ) -> Steps[ChangedProject]:
        """Change name, description or settings; what is left out stays."""
        body = given(name=name, description=description, settings=settings)
        return self._core.send("PATCH", _path(org_id, project_id), ChangedProject, body=body, timeout=self._timeout)

    @operation
    def delete(self, org_id: str, project_id: str) -> Steps[Message]:
        """Remove a project."""
        return self._core.send("DELETE", _path(org_id, project_id), Message, timeout=self._timeout)

    @operation
    def security_events(
        self, org_id: str, project_id: str, *, limit: int | None = None, before: str | None = None
    ) -> Steps[EventsPage]:
        """What happened to the accounts of a project, the newest first."""
        path, query = f"{_path(org_id, project_id)}/security-events", given(limit=limit, before=before)
        return self._core.send("GET", path, EventsPage, query=query, timeout=self._timeout)


def _path(org_id: str, *project_id: str) -> str:
    return "/".join(["/api/projects", segment(org_id), "projects", *map(segment, project_id)])
