"""What a token of Facebook opens: Pages, their posts and videos.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens
"""

from openchannels.sandbox.grants import Grant, Grants, Token
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.facebook import login
from openchannels.sandbox.platforms.facebook.pages import Page, pages_of
from openchannels.sandbox.platforms.facebook.posts import Post
from openchannels.sandbox.platforms.facebook.publications import Publications
from openchannels.sandbox.platforms.facebook.videos import Videos
from openchannels.sandbox.platforms.meta.app_tokens import APP
from openchannels.sandbox.platforms.meta.graph import GraphError, check_proof

_ENGAGING = ("pages_manage_engagement", "pages_read_engagement", "pages_read_user_content")


class Access:
    """Tokens and the objects behind them."""

    def __init__(
        self, grants: Grants, realm: str, publications: Publications, videos: Videos
    ) -> None:
        self._grants = grants
        self._realm = realm
        self._publications = publications
        self._videos = videos

    def require_token(self, request: Request) -> Token:
        """The token of a call. Raises GraphError unless it works."""
        value = request.access_token
        token = self._grants.token(value, "user", "page", APP)
        if not value or (token is not None and token.kind == APP):
            what = "An active access token must be used to query information about the user."
            raise GraphError(2500, what)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", None)
        if token.grant.dead:
            raise login.app_removed()
        if token.expired(request.now):
            raise GraphError(190, "Error validating access token: Session has expired.", 463)
        check_proof(request, value, self._grants.secret_of(self._realm, token.grant.client_id))
        return token

    def pages(self, grant: Grant) -> list[Page]:
        """The Pages that the person shares."""
        shared = grant.detail["pages"]
        pages = pages_of(grant.person)
        return pages if shared is None else [page for page in pages if page.id in shared]

    def page(self, token: Token, node: str) -> Page:
        """The Page of a call: the named one, or with `me` the one of a Page token."""
        wanted = token.account if node == "me" and token.kind == "page" else node
        for page in self.pages_of_token(token):
            if page.id == wanted:
                self._videos.settle(page)
                return page
        raise unknown_object(node)

    def pages_of_token(self, token: Token) -> list[Page]:
        """All Pages that the person shares, or the one of a Page token."""
        pages = self.pages(token.grant)
        return [one for one in pages if token.kind == "user" or token.account == one.id]

    def post(self, request: Request, token: Token, node: str) -> Post:
        """The post with this id. Raises GraphError if there is none for the token."""
        page = self.page(token, node.partition("_")[0])
        work = self._publications.find(page, node.partition("_")[2])
        if work is None:
            raise unknown_object(node)
        own = token.kind == "page"
        return Post(work, page.id, page.name, page.tiny, own, request.now)

    def video(self, request: Request, token: Token, node: str) -> Post | None:
        """The post of a video on a Page of the token, or None."""
        own = token.kind == "page"
        for page in self.pages_of_token(token):
            made = self._videos.find(page, node)
            work = self._publications.find(page, made.post if made else node)
            if work is not None:
                post = Post(work, page.id, page.name, page.tiny, own, request.now)
                return post if post.is_video and post.video_id == node else None
        return None

    def require_scopes(self, token: Token, *scopes: str) -> None:
        """Raises GraphError 200 or 10 for the first permission that is missing."""
        for scope in scopes:
            if scope in token.grant.scopes:
                continue
            if scope == "read_insights":
                what = "(#200) Requires read_insights permission to manage the object insights"
                raise GraphError(200, what, http=403)
            if scope == "pages_manage_engagement":
                what = "(#200) Requires pages_manage_engagement permission to manage the object"
                raise GraphError(200, what, http=403)
            if scope == "pages_manage_posts":
                what = "(#200) If posting to a page, requires pages_manage_posts as an admin"
                raise GraphError(200, what, http=403)
            raise GraphError(10, f"(#10) This endpoint requires the '{scope}' permission", http=403)

    def require_engaging(self, token: Token) -> None:
        """Raises GraphError 200 or 10 unless the token may comment and like as a Page."""
        if token.kind != "page":
            raise GraphError(200, "(#200) A Page access token is required for this call", http=403)
        self.require_scopes(token, *_ENGAGING)


def unknown_field(name: str, node: str) -> GraphError:
    """100: a field or edge that a kind of node does not have."""
    what = f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
    return GraphError(100, what)


def unknown_object(node: str) -> GraphError:
    """100/33: there is no such object, or none for this token."""
    what = f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded"
    what += " due to missing permissions, or does not support this operation."
    return GraphError(100, what, 33)
