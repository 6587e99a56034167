using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Integrador.Internal;

namespace Integrador
{
    // Who takes part beside those whom the registry file names.
    public sealed partial class Node
    {
        /// <summary>Makes an invite: one line of text by which one platform joins, once, within 24 hours.</summary>
        /// <param name="url">Where others reach this node; null: where it listens, if that is a single address.</param>
        /// <returns>The invite.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Conflict"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public Invite Invite(string? url = null)
        {
            var given = Given.TextOrNull(url, nameof(url));
            return Failures.Do(() => Shown.Invite(native.Invite(given)));
        }

        /// <inheritdoc cref="Invite"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Invite> InviteAsync(string? url = null, CancellationToken cancellationToken = default)
        {
            var given = Given.TextOrNull(url, nameof(url));
            return Failures.Do(() => native.InviteAsync(given, cancellationToken), Shown.Invite);
        }

        /// <summary>Lists the invites.</summary>
        /// <returns>The invites that have not expired, used ones too.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<InviteInfo> GetInvites()
        {
            return Failures.Do(() => Shown.All(native.Invites(), Shown.InviteInfo));
        }

        /// <inheritdoc cref="GetInvites"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<IReadOnlyList<InviteInfo>> GetInvitesAsync(CancellationToken cancellationToken = default)
        {
            return Failures.Do(() => native.InvitesAsync(cancellationToken), all => Shown.All(all, Shown.InviteInfo));
        }

        /// <summary>Makes an invite void.</summary>
        /// <param name="id">By what it is listed.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void RevokeInvite(string id)
        {
            var given = Given.Text(id, nameof(id));
            Failures.Do(() => native.RevokeInvite(given));
        }

        /// <inheritdoc cref="RevokeInvite"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task RevokeInviteAsync(string id, CancellationToken cancellationToken = default)
        {
            var given = Given.Text(id, nameof(id));
            return Failures.Do(() => native.RevokeInviteAsync(given, cancellationToken));
        }

        /// <summary>Joins by an invite: from now on this node knows everybody whom the inviter knows, and is known to them. If it is not known whether this has worked, call it again with the same arguments.</summary>
        /// <param name="invite">The line that the other side made.</param>
        /// <param name="url">Where others reach this node; null: where it listens, if that is a single address.</param>
        /// <returns>Whom this node knows by it.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Unauthorized"/>, <see cref="ErrorKind.Conflict"/>, <see cref="ErrorKind.Forbidden"/>, <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Transport"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public Joined Join(string invite, string? url = null)
        {
            var given = (Invite: Given.Text(invite, nameof(invite)), Url: Given.TextOrNull(url, nameof(url)));
            return Failures.Do(() => Shown.Joined(native.Join(given.Invite, given.Url)));
        }

        /// <inheritdoc cref="Join"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<Joined> JoinAsync(string invite, string? url = null, CancellationToken cancellationToken = default)
        {
            var given = (Invite: Given.Text(invite, nameof(invite)), Url: Given.TextOrNull(url, nameof(url)));
            return Failures.Do(() => native.JoinAsync(given.Invite, given.Url, cancellationToken), Shown.Joined);
        }

        /// <summary>Has two nodes that this one knows get to know each other, if they don't.</summary>
        /// <param name="a">One node that this one knows.</param>
        /// <param name="b">Another.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void Introduce(string a, string b)
        {
            var given = (A: Given.Text(a, nameof(a)), B: Given.Text(b, nameof(b)));
            Failures.Do(() => native.Introduce(given.A, given.B));
        }

        /// <inheritdoc cref="Introduce"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task IntroduceAsync(string a, string b, CancellationToken cancellationToken = default)
        {
            var given = (A: Given.Text(a, nameof(a)), B: Given.Text(b, nameof(b)));
            return Failures.Do(() => native.IntroduceAsync(given.A, given.B, cancellationToken));
        }

        /// <summary>Lets in a platform that was introduced and waits (<see cref="Status.Introductions"/>).</summary>
        /// <param name="name">The platform.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void AcceptIntroduction(string name)
        {
            var given = Given.Text(name, nameof(name));
            Failures.Do(() => native.AcceptIntroduction(given));
        }

        /// <inheritdoc cref="AcceptIntroduction"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task AcceptIntroductionAsync(string name, CancellationToken cancellationToken = default)
        {
            var given = Given.Text(name, nameof(name));
            return Failures.Do(() => native.AcceptIntroductionAsync(given, cancellationToken));
        }

        /// <summary>Does not let in a platform that was introduced and waits.</summary>
        /// <param name="name">The platform.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void RefuseIntroduction(string name)
        {
            var given = Given.Text(name, nameof(name));
            Failures.Do(() => native.RefuseIntroduction(given));
        }

        /// <inheritdoc cref="RefuseIntroduction"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task RefuseIntroductionAsync(string name, CancellationToken cancellationToken = default)
        {
            var given = Given.Text(name, nameof(name));
            return Failures.Do(() => native.RefuseIntroductionAsync(given, cancellationToken));
        }

        /// <summary>Adds a platform without the library, whose gateway this node is from now on.</summary>
        /// <param name="name">Its name.</param>
        /// <param name="endpoint">Where it is reached.</param>
        /// <returns>The token with which it posts: send it privately.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Conflict"/>, <see cref="ErrorKind.Invalid"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public string AddPlatform(string name, string endpoint)
        {
            var given = (Name: Given.Text(name, nameof(name)), Endpoint: Given.Text(endpoint, nameof(endpoint)));
            return Failures.Do(() => native.AddPlatform(given.Name, given.Endpoint));
        }

        /// <inheritdoc cref="AddPlatform"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<string> AddPlatformAsync(string name, string endpoint, CancellationToken cancellationToken = default)
        {
            var given = (Name: Given.Text(name, nameof(name)), Endpoint: Given.Text(endpoint, nameof(endpoint)));
            return Failures.Do(() => native.AddPlatformAsync(given.Name, given.Endpoint, cancellationToken), same => same);
        }

        /// <summary>Replaces the token shared with a platform that joined or was added. For 24 hours both are good.</summary>
        /// <param name="platform">Which.</param>
        /// <returns>The new token of a platform without the library, to be given to it; null for a node, which is told.</returns>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Conflict"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public string? RotateToken(string platform)
        {
            var given = Given.Text(platform, nameof(platform));
            return Failures.Do(() => native.RotateToken(given));
        }

        /// <inheritdoc cref="RotateToken"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task<string?> RotateTokenAsync(string platform, CancellationToken cancellationToken = default)
        {
            var given = Given.Text(platform, nameof(platform));
            return Failures.Do(() => native.RotateTokenAsync(given, cancellationToken), same => same);
        }

        /// <summary>Removes a platform that joined or was added: nothing from it is accepted any more, and whatever waits for it becomes dead letters.</summary>
        /// <param name="name">The platform.</param>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Conflict"/>, <see cref="ErrorKind.Store"/>, <see cref="ErrorKind.Closed"/>.</exception>
        /// <exception cref="ArgumentNullException">An argument that must be there is null.</exception>
        public void RemovePlatform(string name)
        {
            var given = Given.Text(name, nameof(name));
            Failures.Do(() => native.RemovePlatform(given));
        }

        /// <inheritdoc cref="RemovePlatform"/>
        /// <param name="cancellationToken">As <see cref="Node"/> says.</param>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        public Task RemovePlatformAsync(string name, CancellationToken cancellationToken = default)
        {
            var given = Given.Text(name, nameof(name));
            return Failures.Do(() => native.RemovePlatformAsync(given, cancellationToken));
        }
    }
}
