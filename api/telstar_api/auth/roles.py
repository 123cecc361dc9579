"""What roles may do: `Annotated[Viewer, Depends(needs("support"))]` lets in support and admin.

- subscriber: watches, and sees what is their own
- support: sees what concerns any viewer, to help them
- operator: starts, stops and changes channels
- admin: all of it, and roles
"""

from collections.abc import Awaitable, Callable

from telstar_api.auth.tokens import Role, Viewer
from telstar_api.context import ViewerDep
from telstar_api.problems import Forbidden


def needs(*roles: Role) -> Callable[[ViewerDep], Awaitable[Viewer]]:
    """A dependency that answers who is asking, where that is somebody with one of these roles, or an admin.

    Otherwise it raises Forbidden, which says what is needed; Unauthenticated where nobody is signed in.
    """

    async def allowed(viewer: ViewerDep) -> Viewer:
        if viewer.role not in roles and viewer.role != "admin":
            needed = " or ".join(dict.fromkeys((*roles, "admin")))
            raise Forbidden(f"This needs the role {needed}; yours is {viewer.role}.")
        return viewer

    return allowed
