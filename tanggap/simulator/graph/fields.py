"""The names that each kind of node knows, and what it shows to those who name none.

From the reference pages of developers.facebook.com/docs/graph-api and
/documentation/instagram-platform (v26.0, 2026). A known name without a value here is never in an
answer, as with a service that has nothing to say; an unknown one is refused.
"""

from tanggap.simulator.graph.params import Field, read_fields

EDGES: dict[str, tuple[str, ...]] = {
    "Page": ("feed", "posts", "published_posts", "tagged"),
    "Post": ("comments",),
    "Comment": ("comments",),
    "IGUser": ("media", "tags"),
    "IGMedia": ("comments",),
    "IGComment": ("replies",),
    "User": ("accounts",),
}
MEMBERS: dict[tuple[str, str], str] = {
    **{("Page", edge): "Post" for edge in EDGES["Page"]},
    ("Post", "comments"): "Comment",
    ("Comment", "comments"): "Comment",
    ("IGUser", "media"): "IGMedia",
    ("IGUser", "tags"): "IGMedia",
    ("IGMedia", "comments"): "IGComment",
    ("IGComment", "replies"): "IGComment",
}
"""Of which kind the nodes of a list are."""

_KNOWN_TEXT = {
    "User": "id name first_name last_name email picture locale",
    "Page": "id name username link category category_list tasks access_token about followers_count "
    "fan_count instagram_business_account connected_instagram_account is_published "
    "verification_status picture location phone website emails hours cover description bio",
    "Post": "id message created_time updated_time permalink_url from to message_tags attachments "
    "story full_picture picture status_type is_hidden is_published is_expired is_popular "
    "is_eligible_for_promotion shares place parent_id privacy properties icon link via with_tags "
    "timeline_visibility promotable_id instagram_eligibility likes reactions sharedposts "
    "comments_mirroring_domain subscribed story_tags target targeting scheduled_publish_time",
    "Comment": "id message created_time from parent comment_count like_count attachment "
    "message_tags permalink_url is_hidden is_private can_comment can_hide can_like can_remove "
    "can_reply_privately user_likes object likes reactions live_broadcast_timestamp "
    "private_reply_conversation",
    "IGUser": "id username name ig_id media_count followers_count follows_count biography "
    "profile_picture_url website has_profile_pic is_published",
    "IGMedia": "id caption media_type media_product_type permalink shortcode timestamp username "
    "owner comments_count like_count media_url thumbnail_url is_comment_enabled ig_id children "
    "alt_text is_shared_to_feed boost_eligibility_info collaborators",
    "IGComment": "id text timestamp username from parent_id hidden like_count media user "
    "legacy_instagram_comment_id",
    "Author": "id name username link picture",
    "IGAuthor": "id username self_ig_scoped_id",
    "Attachment": "type title description url target media media_type unshimmed_url subattachments",
}
KNOWN: dict[str, frozenset[str]] = {
    kind: frozenset(names.split()) | frozenset(EDGES.get(kind, ()))
    for kind, names in _KNOWN_TEXT.items()
}

DEFAULTS: dict[str, tuple[Field, ...]] = {
    kind: read_fields(names)
    for kind, names in {
        "User": "name,id",
        "Page": "name,id",
        "accounts": "access_token,category,category_list,name,id,tasks",
        "Post": "created_time,message,id",
        "Comment": "created_time,from,message,id",
        "IGUser": "id",
        "IGMedia": "id",
        "IGComment": "timestamp,text,id",
        "Author": "name,id",
        "IGAuthor": "id,username",
        "Attachment": "type,url,target,media,media_type",
    }.items()
}

DEFAULT_LIMIT = 25
MOST: dict[str, int] = {
    "comments": 100,
    "media_comments": 50,
    "replies": 50,
    "media": 100,
    "tags": 100,
    "accounts": 100,
}
"""What a page holds at most; a higher `limit` is lowered without a word."""
REFUSED_ABOVE = 100
"""A higher `limit` is refused by the lists of a Page's posts (reference of /page/feed)."""
