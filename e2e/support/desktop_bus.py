"""A desktop's side of D-Bus, for tests: the watcher of tray items and the server of notifications, which also click.

Owns both names on the session bus. Prints what happens as lines of JSON; takes lines of JSON as commands:
{"menu": true} prints the tray item's menu, {"click": LABEL} clicks an entry of it, {"open": ID} clicks a notification.
"""

import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
items = []


def tell(**event):
    print(json.dumps(event), flush=True)


class Watcher(dbus.service.Object):
    NAME = "org.kde.StatusNotifierWatcher"

    @dbus.service.method(NAME, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender):
        # A path of the sender, or a name with the usual path.
        owner, path = (sender, service) if service.startswith("/") else (service, "/StatusNotifierItem")
        items.append((owner, path))
        tell(item=path)

    @dbus.service.method(NAME, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": dbus.Int32(0)}[name]

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": dbus.Int32(0)}


class Notifications(dbus.service.Object):
    NAME = "org.freedesktop.Notifications"
    count = 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        Notifications.count += 1
        tell(notification=int(Notifications.count), title=str(summary), body=str(body))
        return dbus.UInt32(Notifications.count)

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        pass

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("tests", "unideck", "1", "1.2")

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, action):
        pass


def menu_of(owner, path):
    properties = dbus.Interface(bus.get_object(owner, path), dbus.PROPERTIES_IFACE)
    place = properties.Get("org.kde.StatusNotifierItem", "Menu")
    return dbus.Interface(bus.get_object(owner, place), "com.canonical.dbusmenu")


def entries(layout):
    number, properties, children = layout
    label = str(properties.get("label", "")).replace("_", "")
    yield int(number), label
    for child in children:
        yield from entries(child)


def obey(line):
    menu = menu_of(*items[-1]) if items else None
    if "open" in line:
        notifications.ActionInvoked(dbus.UInt32(line["open"]), "default")
        return
    _, layout = menu.GetLayout(dbus.Int32(0), dbus.Int32(-1), dbus.Array([], signature="s"))
    found = [(number, label) for number, label in entries(layout) if label]
    if "menu" in line:
        tell(menu=[label for _, label in found])
    for number, label in found:
        if label == line.get("click"):
            menu.Event(dbus.Int32(number), "clicked", dbus.String("", variant_level=1), dbus.UInt32(0))
            tell(clicked=label)
            return


def read(channel, condition):
    text = sys.stdin.readline()
    if not text:
        loop.quit()
        return False
    try:
        obey(json.loads(text))
    except Exception as error:  # what went wrong is the test's to show
        tell(error=str(error))
    return True


watcher = Watcher(bus, "/StatusNotifierWatcher")
notifications = Notifications(bus, "/org/freedesktop/Notifications")
names = [dbus.service.BusName(name, bus) for name in (Watcher.NAME, Notifications.NAME)]
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
loop = GLib.MainLoop()
tell(ready=True)
loop.run()
