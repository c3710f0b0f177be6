"""The four groups of the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from newsportal import roles
from newsportal.roles import Role

pytestmark = pytest.mark.django_db


def member(role: Role) -> User:
    user = User.objects.create_user(role.value, is_staff=True)
    user.groups.add(Group.objects.get(name=roles.group_name(role)))
    return user


def test_the_command_makes_the_four_groups(capsys):
    call_command("setup_roles")
    assert set(Group.objects.values_list("name", flat=True)) == {
        "記者",
        "編集者",
        "公開責任者",
        "管理者",
    }
    assert capsys.readouterr().out == "4 roles, 4 made or mended.\n"


def test_a_second_run_changes_nothing(capsys):
    call_command("setup_roles")
    call_command("setup_roles")
    assert capsys.readouterr().out.endswith("4 roles, 0 made or mended.\n")


def test_a_group_that_was_changed_by_hand_is_made_true_again(capsys):
    call_command("setup_roles")
    writers = Group.objects.get(name="記者")
    writers.permissions.add(Permission.objects.get(codename="publish_article"))
    call_command("setup_roles")
    assert not writers.permissions.filter(codename="publish_article").exists()
    assert capsys.readouterr().out.endswith("4 roles, 1 made or mended.\n")


def test_other_groups_and_people_are_left_alone():
    roles.set_up()
    Group.objects.create(name="アルバイト")
    writer = member(Role.WRITER)
    roles.set_up()
    assert Group.objects.filter(name="アルバイト").exists()
    assert writer.groups.get().name == "記者"


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        ("articles.change_article", {"writer", "editor", "publisher", "administrator"}),
        ("articles.add_photo", {"writer", "editor", "publisher", "administrator"}),
        ("articles.publish_article", {"editor", "publisher", "administrator"}),
        ("articles.withdraw_article", {"editor", "publisher", "administrator"}),
        ("articles.change_topic", {"editor", "publisher", "administrator"}),
        ("articles.change_section", {"publisher", "administrator"}),
        ("articles.change_agency", {"publisher", "administrator"}),
        ("articles.change_author", {"publisher", "administrator"}),
        ("rankings.change_rankingrule", {"publisher", "administrator"}),
        ("auth.change_user", {"administrator"}),
    ],
)
def test_each_role_may_do_its_work_and_no_more(permission, allowed):
    roles.set_up()
    assert {role.value for role in Role if member(role).has_perm(permission)} == allowed
