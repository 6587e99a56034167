"""All that the chat does with other platforms: the folder to copy from.

Its modules are those of BuasApp's design: the *controller* is what others reach, the *importer* stores what comes from
them, the *exporter* publishes what happens here, *memberships* change who is in a room, and the *internal messenger*
shows all of it to the open pages.
"""
