"""Saved views: everyone's own, by name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from likewise.review.saved_views import open_view, save_view
from likewise.search.facets.view import View
from likewise.server.app_state import AppState, TheAppState
from likewise.server.roles import Caller, TheCaller
from likewise.server.routes.facets import ChosenOf, Name
from likewise.server.routes.review import Order

router = APIRouter(tags=["views"])

Words = Annotated[str, Field(min_length=1, max_length=200)]
Who = Annotated[str | None, Query(max_length=100, description="Whose view; yours unless given.")]


class NewView(BaseModel):
    """A view to save."""

    name: str = Field(max_length=200, examples=["large barns"])
    chosen: dict[Name, ChosenOf] = Field(
        {}, max_length=100, examples=[{"folder": {"values": ["barn"]}, "width": {"low": 800}}]
    )
    where: str = Field("", max_length=1000, examples=["bytes > 100000"])
    order: Order = "alike"
    concept: str = Field("", max_length=200)
    words: list[Words] = Field(
        [], max_length=100, description="Rank the images where there is no concept."
    )
    colour: str = Field("", max_length=1000, description="What tiles are coloured by.")
    replace: bool = Field(False, description="Save over your view of that name.")

    def to_view(self) -> View:
        """The same with times in seconds."""
        chosen = {name: one.to_choice() for name, one in self.chosen.items()}
        return View(
            self.name, chosen, self.where, self.order, self.concept, tuple(self.words), self.colour
        )


class NewName(BaseModel):
    """What a view is to be called."""

    to: str = Field(max_length=200, examples=["barns"])


@router.get("/api/views")
def views(app_state: TheAppState, caller: TheCaller) -> list[dict[str, Any]]:
    """Every saved view, by name; `images` are those that it had when it was saved."""
    found = app_state.workspace.views.all()
    return [{**view.to_json(), "own": _may_change(app_state, caller, view)} for view in found]


@router.post("/api/views")
def save(app_state: TheAppState, caller: TheCaller, body: NewView) -> dict[str, Any]:
    """Save a view as the caller's own, with how many images it has now."""
    saved = save_view(app_state.workspace, body.to_view(), new=not body.replace, who=caller.name)
    app_state.events.publish("views", {"view": saved.name})
    return saved.to_json()


@router.get("/api/views/{name}")
def view(app_state: TheAppState, caller: TheCaller, name: str, who: Who = None) -> dict[str, Any]:
    """A saved view, and under `now` how it reads today.

    Choices that no image meets any more are left out of `now`; `gone` lists them with the images
    that met them when the view was saved, and `remarks` say so in sentences.
    """
    return open_view(app_state.workspace, name, who or caller.name).to_json()


@router.post("/api/views/{name}/rename")
def rename(
    app_state: TheAppState, caller: TheCaller, name: str, body: NewName, who: Who = None
) -> dict[str, Any]:
    """Give a view another name."""
    renamed = app_state.workspace.views.rename(_to_change(app_state, caller, name, who), body.to)
    app_state.events.publish("views", {"view": renamed.name})
    return renamed.to_json()


@router.delete("/api/views/{name}")
def remove(app_state: TheAppState, caller: TheCaller, name: str, who: Who = None) -> dict[str, Any]:
    """Remove a view; images and answers stay."""
    gone = _to_change(app_state, caller, name, who)
    app_state.workspace.views.remove(gone)
    app_state.events.publish("views", {"view": gone.name})
    return gone.to_json()


def _to_change(app_state: AppState, caller: Caller, name: str, who: str | None) -> View:
    found = app_state.workspace.views.get(name, who or caller.name)
    if not _may_change(app_state, caller, found):
        raise HTTPException(
            403, f"'{name}' is a view of {found.who}'s, and only an owner changes others' views"
        )
    return found


def _may_change(app_state: AppState, caller: Caller, view: View) -> bool:
    """Whether it is the caller's own, or nobody's in particular, for there are no users."""
    if view.who == caller.name or not app_state.workspace.users.all():
        return caller.may("reviewer")
    return caller.may("owner")
