"""All that the chat does with other platforms: the folder to copy from.

The four modules are those of BuasApp's design: the *controller* is what others reach, the *importer* stores what comes
from them, the *exporter* publishes what happens here, and the *internal messenger* shows both to the open pages.
"""
